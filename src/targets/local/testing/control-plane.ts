import { createLocalTarget } from '../index.ts';
import { standInRouter } from './standin-router.ts';
import { context, environment, service, systemClock, value } from './world.ts';

/** A control plane in a process of its own, to be killed: starts one replica of `web` and says so. */
const [folder = ''] = process.argv.slice(2);
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
const web = service('web');
value(await target.open(environment([web]), context()));
const revision = value(await target.build(web, folder, context()));
value(await target.ensureReplicas({ revision, count: 1 }, context()));
console.log(JSON.stringify((await target.observe()).replicas));
