import { millis } from '#kernel';
import { atRate } from '../generator/index.ts';
import { type Failures, monotonicMicros, quantile } from '../generator/task.ts';
import { clock } from '../ground.ts';

/** Seconds of one run: its begin is left out; two steady spans; then two seconds with the switch in their middle. */
const span = { warm: 0.5, steady: 1.5, around: 2 } as const;
const switchAt = span.warm + 2 * span.steady + span.around / 2;
const runSeconds = switchAt + span.around / 2 + 0.2;

export interface Switch {
  /** Microseconds, p99. */
  readonly steady: number;
  readonly around: number;
  /** p99 around the switch to the steady one. */
  readonly ratio: number;
  /** The same of two steady spans: what a ratio is worth here. */
  readonly control: number;
  readonly slowest: number;
  readonly failures: Failures;
  /** Milliseconds until the program told that the switch is in force. */
  readonly took: number;
}

/** One run at a rate with a change of the weights in it. */
export async function measureSwitch(
  setWeight: (canary: number) => Promise<void>,
  ports: readonly number[],
  rate: number,
): Promise<Switch> {
  const switching = clock.sleep(millis(switchAt * 1_000)).then(async () => {
    const at = monotonicMicros();
    await setWeight(50);
    return { at, took: (monotonicMicros() - at) / 1_000 };
  });
  const [load, { at, took }] = await Promise.all([atRate(ports, rate, runSeconds), switching]);
  await setWeight(10);
  const switched = (at - load.began) / 1_000_000;
  const pairs = load.samples.flatMap((_, index, all) =>
    index % 2 === 0 ? [{ at: (all[index] ?? 0) / 1_000_000, latency: all[index + 1] ?? 0 }] : [],
  );
  const slow = (from: number, to: number) =>
    quantile(
      pairs.filter((pair) => pair.at >= from && pair.at < to).map(({ latency }) => latency),
      0.99,
    );
  const [first, second] = [span.warm, span.warm + span.steady];
  const until = switched - span.around / 2;
  const around = pairs.filter((pair) => Math.abs(pair.at - switched) <= span.around / 2);
  const steady = slow(first, until);
  const during = slow(until, switched + span.around / 2);
  return {
    steady,
    around: during,
    ratio: during / steady,
    control: slow(second, until) / slow(first, second),
    slowest: Math.max(...around.map(({ latency }) => latency)),
    failures: load.failures,
    took,
  };
}
