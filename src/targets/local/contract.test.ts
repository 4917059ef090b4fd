import { describeTargetContract } from '../../../test/contract/target.ts';
import { context, createWorld, environment, service, until, webProgram } from './testing/world.ts';

const lameProgram = `
import { createServer } from 'node:http';
createServer((request, response) => response.writeHead(503).end()).listen(Number(process.env.PORT), process.env.HOST);
`;

describeTargetContract('the local target', async () => {
  const world = await createWorld();
  await world.write('services/web/main.mjs', webProgram);
  await world.write('services/lame/main.mjs', lameProgram);
  await world.write('services/worker/main.mjs', webProgram);
  let target = world.target();
  let changes = 0;
  return {
    target: () => target,
    environment: environment([service('web'), service('lame'), service('worker', { traffic: 'none' })]),
    sourceFolder: world.folder,
    context,
    change: (name) => world.write(`services/${name}/change.txt`, String((changes += 1))),
    async restart() {
      await target.release();
      target = world.target();
    },
    async crash({ pid }) {
      if (pid !== null) process.kill(pid, 'SIGKILL');
    },
    observeUntil: (holds) =>
      until(
        async () => {
          const seen = await target.observe();
          return holds(seen) ? seen : null;
        },
        () => target.observe(),
      ),
    end: () => world.end(),
  };
});
