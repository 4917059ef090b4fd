import { describeTargetContract } from '../../../test/contract/target.ts';
import {
  consumerProgram,
  context,
  createWorld,
  environment,
  job,
  service,
  systemClock,
  until,
  webProgram,
  worker,
} from './testing/world.ts';

const lameProgram = `
import { createServer } from 'node:http';
createServer((request, response) => response.writeHead(503).end()).listen(Number(process.env.PORT), process.env.HOST);
`;

const begins = (name: string) => `
import { appendFileSync, existsSync } from 'node:fs';
const { HOME } = process.env;
appendFileSync(HOME + '/begun-${name}', 'x');
`;
const jobPrograms = {
  short: `console.log(JSON.stringify({ resume: 'half', done: 1, of: 2 })); console.log('done');`,
  failing: 'process.exitCode = 3;',
  patient: `while (!existsSync(HOME + '/end')) await new Promise((resolve) => setTimeout(resolve, 20));`,
} as const;

describeTargetContract('the local target', async () => {
  const world = await createWorld();
  await world.write('services/web/main.mjs', webProgram);
  await world.write('services/lame/main.mjs', lameProgram);
  await world.write('services/worker/main.mjs', webProgram);
  await world.write('services/queue/main.mjs', consumerProgram);
  for (const [name, program] of Object.entries(jobPrograms))
    await world.write(`jobs/${name}/job.mjs`, begins(name) + program);
  const services = [
    ...[service('web'), service('lame'), service('worker', { traffic: 'none' })],
    worker({ name: 'queue', folder: 'services/queue' }),
  ];
  let target = world.target();
  let changes = 0;
  return {
    target: () => target,
    environment: environment(services),
    jobs: { short: job('short'), failing: job('failing'), patient: job('patient') },
    sourceFolder: world.folder,
    now: () => systemClock.now(),
    context,
    change: (name) => world.write(`services/${name}/change.txt`, String((changes += 1))),
    async restart() {
      await target.release();
      target = world.target();
    },
    async crash({ pid }) {
      if (pid !== null) process.kill(pid, 'SIGKILL');
    },
    timesBegun: async (name) => (await world.read(`begun-${name}`).catch(() => '')).length,
    letJobsEnd: () => world.write('end', ''),
    async answerAt(address) {
      const answer = (await (await fetch(address)).json()) as { readonly revision: string };
      return answer.revision;
    },
    observeUntil: (holds) =>
      until(
        async () => {
          const seen = await target.observe();
          return (await holds(seen)) ? seen : null;
        },
        () => target.observe(),
      ),
    end: () => world.end(),
  };
});
