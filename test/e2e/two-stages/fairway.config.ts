import { defineSystem } from 'fairway';

/** The smallest system that has something to promote: the answer is a file of the program, the level a variable. */
export default defineSystem({
  name: 'two-stages',
  services: {
    web: {
      folder: 'web',
      command: ['node', 'main.mjs'],
      exposure: 'private',
      env: { LEVEL: 'debug' },
      secrets: ['KEY'],
      probes: { ready: '/' },
      strategy: { kind: 'rolling', settle: '0s' },
    },
  },
  secrets: { KEY: { generate: 16 } },
  release: { keepOld: '1s', watch: '0s' },
  environments: {
    staging: { target: 'local' },
    production: { target: 'local', services: { web: { env: { LEVEL: 'warn' }, replicas: 2 } } },
    elsewhere: { target: 'kubernetes' },
  },
});
