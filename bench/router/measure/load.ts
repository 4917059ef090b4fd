import type { Running } from '../candidates/candidate.ts';
import { atRate, saturate } from '../generator/index.ts';
import { type Failures, quantile } from '../generator/task.ts';
import { usageOf } from '../processes.ts';
import { median } from '../statistics.ts';

export interface Saturation {
  readonly perSecond: number;
  /** Microseconds of the candidate's processes per request; null when it has none of its own. */
  readonly processor: number | null;
  readonly failures: Failures;
}

export async function sampleSaturation({ port, pid }: Running, seconds: number): Promise<Saturation> {
  const before = usageOf(pid);
  const { requests, failures, seconds: took } = await saturate(port, seconds);
  return {
    perSecond: requests / took,
    processor: perRequest(pid, before?.processor, requests),
    failures,
  };
}

export interface AtRate {
  /** Microseconds from the intended time to the answer's end, of each request. */
  readonly latencies: readonly number[];
  readonly processor: number | null;
  readonly failures: Failures;
  /** Microseconds by which the generator sent late itself, the slowest hundredth. */
  readonly ownDelay: number;
}

export async function sampleRate(
  { pid }: Running,
  ports: readonly number[],
  rate: number,
  seconds: number,
): Promise<AtRate> {
  const before = usageOf(pid);
  const { samples, failures, requests, ownDelay } = await atRate(ports, rate, seconds);
  return {
    latencies: samples.filter((_, at) => at % 2 === 1),
    processor: perRequest(pid, before?.processor, requests),
    failures,
    ownDelay,
  };
}

function perRequest(pid: number | null, before: number | undefined, requests: number): number | null {
  const after = usageOf(pid)?.processor;
  return before === undefined || after === undefined ? null : (after - before) / requests;
}

export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** p50 and p99: medians of the rounds. p99.9 of all rounds together, since one round has too few requests for it. */
export function latencyOf(rounds: readonly { readonly latencies: readonly number[] }[]): Latency {
  const middle = (share: number) => median(rounds.map(({ latencies }) => quantile(latencies, share)));
  return {
    p50: middle(0.5),
    p99: middle(0.99),
    p999: quantile(
      rounds.flatMap(({ latencies }) => latencies),
      0.999,
    ),
  };
}
