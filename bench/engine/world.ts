/**
 * How fast the simulated world is: wake-ups of the virtual clock, looks at an environment, effects,
 * in processor time. `node bench/engine/world.ts`
 */
import { revisionOf } from '#core/release';
import { after, type Instant, instant, millis, minutes, percent, seededRandom } from '#kernel';
import { createVirtualClock, createWorld } from '#targets/simulated';
import { environment, service } from '../../src/targets/simulated/testing/scene.ts';

const start = instant(0);

async function measure(what: string, times: number, work: () => Promise<unknown>): Promise<void> {
  const began = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(began);
  const took = (user + system) / 1_000;
  const each = ((took * 1_000) / times).toFixed(2);
  console.log(
    `${what.padEnd(52)} ${each.padStart(8)} µs each, ${Math.round((times / took) * 1_000).toLocaleString('en')} per second`,
  );
}

for (const sleepers of [1, 100, 10_000]) {
  const clock = createVirtualClock(start);
  const rounds = 1_000_000 / sleepers;
  const sleeper = async (number: number) => {
    for (let i = 0; i < rounds; i += 1) await clock.sleep(millis(1 + ((number * 7_919 + i * 31) % 5_000)));
  };
  for (let i = 0; i < sleepers; i += 1) void sleeper(i);
  await measure(`wake-ups, ${sleepers} sleepers`, 1_000_000, () => clock.run());
}

const clock = createVirtualClock(start, { runs: 'always' });
const world = createWorld({ clock, random: seededRandom(1) });
const target = world.target('dev');
const signal = new AbortController().signal;
let effects = 0;
const context = (limit: Instant = after(clock.now(), minutes(5))) => ({
  key: `effect-${(effects += 1)}`,
  fence: 1,
  deadline: limit,
  signal,
});
const [first, second] = ['v1', 'v2'].map((build) => revisionOf(service('web'), build, {}));
if (first === undefined || second === undefined) throw new Error('two revisions were made');
await target.open(environment([service('web')]), context());
for (const revision of [first, second]) await target.ensureReplicas({ revision, count: 2 }, context());
await clock.sleep(minutes(1));
const arms = [
  { revision: first.id, role: 'stable', weight: percent(90) },
  { revision: second.id, role: 'canary', weight: percent(10) },
] as const;
await target.setRoute({ version: 1, routes: [{ service: 'web', arms }] }, context());
for (const rate of [0, 100, 10_000]) {
  world.environment('dev').load('web', rate);
  const looks = 100_000;
  await measure(`looks every 200 ms, 4 replicas, ${rate} requests/s`, looks, async () => {
    for (let i = 0; i < looks; i += 1) {
      await clock.sleep(millis(200));
      await target.observe();
    }
  });
}
const asked = 100_000;
await measure('effects', asked, async () => {
  for (let i = 0; i < asked; i += 1) await target.ensureReplicas({ revision: first, count: 2 }, context());
});
console.log(
  `requests answered ${world.answered}, lost ${world.lost}; violations ${world.violations.length}; events ${world.events}`,
);
