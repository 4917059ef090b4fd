import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalTarget } from '../index.ts';
import { standInRouter } from './standin-router.ts';
import { context, environment, job, service, systemClock, until, value, worker } from './world.ts';

/**
 * A control plane in a process of its own, to be killed. `web` starts one replica and says so; `job` runs the job `long`
 * under the key `once`; `consume` starts one worker, has it take jobs, says so, and from the moment a file `go` is there
 * waits for it to pause.
 */
const [folder = '', act = 'web'] = process.argv.slice(2);
const target = createLocalTarget({
  place: { system: 'shop', environment: 'dev', folder },
  clock: systemClock,
  random: Math.random,
  router: standInRouter(),
  stores: () => {
    throw new Error('no store is declared');
  },
  variables: { PATH: process.env['PATH'], HOME: folder },
});
const services = { web: service('web'), consume: worker(), job: job('long') } as const;
const started = services[act as keyof typeof services];
value(await target.open(environment(act === 'job' ? [] : [started]), context()));
const revision = value(await target.build(started, folder, context()));
if (act === 'job') {
  console.log('begins');
  value(await target.runTask({ kind: 'job', job: revision, resume: null }, context({ key: 'once' })));
} else value(await target.ensureReplicas({ revision, count: 1 }, context()));
const consume = (active: number) => target.consume({ revision: revision.id, active }, context());
if (act === 'consume') value(await consume(1));
console.log(JSON.stringify((await target.observe()).replicas));
if (act === 'consume') {
  await until(() =>
    access(join(folder, 'go')).then(
      () => true,
      () => false,
    ),
  );
  value(await consume(0));
}
