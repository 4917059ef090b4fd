import { bucketOf, quantile } from '#core/gate';
import { drawsFrom } from '#core/power';
import { argo } from './argo.ts';
import { flagger } from './flagger.ts';
import { kayenta } from './kayenta.ts';
import { type Decision, openFairway } from './fairway.ts';
import { wideRandom } from './random.ts';
import { bake, type Scenario, scenarios } from './scenarios.ts';
import { historyOf, trafficOf } from './traffic.ts';
import { createRecorder, type Recording } from './windows.ts';
import { zTest } from './z-test.ts';

/** How one rollout ended under one gate, and what it had cost by then. */
export interface Ending {
  readonly verdict: 'rollback' | 'promote' | 'held';
  /** Seconds since the first traffic of the canary. */
  readonly at: number;
  /** Requests of the canary until then, and how many of them failed. */
  readonly exposed: number;
  readonly failed: number;
}

/** The gates in the order of the tables; `fairway` looks each second, `fairway 5 s` as the product does where nothing is declared. */
export const gates = [
  'fairway',
  'fairway 5 s',
  'kayenta, at the end',
  'kayenta, each minute',
  'flagger 1 %, 5 failed',
  'flagger 5 %, 1 failed',
  'flagger 5 %, 5 failed',
  'argo 5 %, 5 min, limit 3',
  'argo 5 %, 1 min, limit 0',
  'z-test, at the end',
  'z-test, each 10 s',
] as const;
export type GateName = (typeof gates)[number];

/** One rollout under every gate, all of them with the same traffic. */
export function runOnce(scenario: Scenario, seed: number, run: number): Readonly<Record<GateName, Ending>> {
  const draws = drawsFrom(wideRandom(seed, scenarios.indexOf(scenario) + 1, run));
  const history = historyOf(scenario, draws);
  const ours = [1, 5].map((every) => openFairway(history, every, scenario.toTheEnd === true));
  const decided: (Decision | null)[] = [null, null];
  const recorder = createRecorder();
  for (const tick of trafficOf(scenario, draws)) {
    recorder.add(tick);
    for (const [i, gate] of ours.entries()) decided[i] ??= gate.look(tick);
  }
  const recording = recorder.recording();
  const ends = (at: number | null) => ending(recording, 'rollback', at);
  const slowFrom = bucketOf(quantile(history, 0.95) ?? 0) + 1;
  const flagging = { everyMinutes: 1, mostMillis: 500, quantile: 0.95 };
  const { minutes } = recording;
  return {
    fairway: ourEnding(recording, decided[0]),
    'fairway 5 s': ourEnding(recording, decided[1]),
    'kayenta, at the end': ends(kayenta(minutes, 'once')),
    'kayenta, each minute': ends(kayenta(minutes, 'eachMinute')),
    'flagger 1 %, 5 failed': ends(flagger(minutes, { ...flagging, leastSuccess: 0.99, threshold: 5 })),
    'flagger 5 %, 1 failed': ends(flagger(minutes, { ...flagging, leastSuccess: 0.95, threshold: 1 })),
    'flagger 5 %, 5 failed': ends(flagger(minutes, { ...flagging, leastSuccess: 0.95, threshold: 5 })),
    'argo 5 %, 5 min, limit 3': ends(
      argo(minutes, { everyMinutes: 5, failureLimit: 3, leastSuccess: 0.95, mostMillis: 500 }),
    ),
    'argo 5 %, 1 min, limit 0': ends(
      argo(minutes, { everyMinutes: 1, failureLimit: 0, leastSuccess: 0.95, mostMillis: 500 }),
    ),
    'z-test, at the end': ends(zTest(recording, slowFrom, 'once')),
    'z-test, each 10 s': ends(zTest(recording, slowFrom, 'everyTenSeconds')),
  };
}

const ourEnding = (recording: Recording, decision: Decision | null | undefined) =>
  ending(recording, decision?.verdict ?? 'held', decision?.at ?? bake);

function ending(recording: Recording, verdict: Ending['verdict'], at: number | null): Ending {
  const second = Math.min(bake, at ?? bake);
  return {
    verdict: at === null ? 'promote' : verdict,
    at: at ?? bake,
    exposed: recording.canaryRequests[second] ?? 0,
    failed: recording.canaryFailures[second] ?? 0,
  };
}
