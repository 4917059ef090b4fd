import { describeTargetContract } from '../../../test/contract/target.ts';
import { consumer, createScene, environment, service, until } from './testing/scene.ts';

let seed = 0;

describeTargetContract('the simulated target', async () => {
  const { clock, world, site, context } = createScene((seed += 1));
  world.behave('lame', { neverReady: true });
  world.behave('short', { job: { steps: 2, points: ['half'] } });
  world.behave('failing', { job: { exitCode: 3 } });
  world.behave('patient', { job: { waits: true } });
  let target = world.target('dev');
  return {
    target: () => target,
    environment: environment([
      service('web'),
      service('lame'),
      service('worker', { traffic: 'none' }),
      consumer('queue'),
    ]),
    jobs: { short: service('short'), failing: service('failing'), patient: service('patient') },
    now: () => clock.now(),
    timesBegun: async (name) => site.timesBegun(name),
    letJobsEnd: async () => site.letJobsEnd(),
    answerAt: async (address) => site.answerAt(address) ?? 'nobody',
    sourceFolder: '/system',
    context,
    change: async (name) => world.change(name),
    async restart() {
      await target.release();
      target = world.target('dev');
    },
    crash: async ({ replica }) => site.crash(replica),
    observeUntil: (holds) => until(target, clock, holds),
    end: () => target.release(),
  };
});
