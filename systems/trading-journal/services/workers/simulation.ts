import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { seededRandom } from 'fairway-kit';
import type { SimulationRequest } from '../common/jobs.ts';

const pathsAtOnce = 200;

export interface SimulationResult {
  /** Sums of results at the end of a path, in units of the risk. */
  readonly percentiles: Readonly<Record<'p5' | 'p25' | 'p50' | 'p75' | 'p95', number>>;
  /** Share of paths that end below zero. */
  readonly lossShare: number;
  readonly hash: string;
}

/** Plays many series of trades. The same request gives the same result; other work goes on between its portions. */
export async function simulate(
  { seed, paths, trades, winShare, gain, loss }: SimulationRequest,
  onProgress: (percent: number) => Promise<void>,
): Promise<SimulationResult> {
  const random = seededRandom(seed);
  const ends: number[] = [];
  while (ends.length < paths) {
    for (let each = 0; each < pathsAtOnce && ends.length < paths; each++) {
      let wins = 0;
      for (let trade = 0; trade < trades; trade++) wins += random() < winShare ? 1 : 0;
      ends.push(wins * gain - (trades - wins) * loss);
    }
    await setImmediate();
    if (ends.length % 2_000 === 0) await onProgress(Math.min(99, Math.floor((100 * ends.length) / paths)));
  }
  const sorted = ends.toSorted((one, other) => one - other);
  const at = (share: number) => round(sorted[Math.ceil(share * paths) - 1] ?? 0);
  const percentiles = { p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) };
  const lossShare = round(ends.filter((end) => end < 0).length / paths);
  const hash = createHash('sha256').update(JSON.stringify({ lossShare, percentiles })).digest('hex');
  return { percentiles, lossShare, hash };
}

const round = (value: number) => Math.round(value * 1e6) / 1e6;
