/**
 * What the study that this gate was built from measured for its own version of it, scenario by scenario: 10,000 good releases
 * or 1,000 to 2,000 others each, ticks of one second, the dispersion measured beforehand. Shares in percent of the runs,
 * times in seconds since the first traffic of the canary; a median or p95 that so many runs did not reach is left out.
 */
export interface ReferenceFigures {
  readonly rollback: number;
  /** Not rolled back, but not promoted either. */
  readonly held?: number;
  readonly median?: number;
  readonly p95?: number;
  /** Mean failed and mean answered requests of the canary until the decision. */
  readonly failed?: number;
  readonly exposed?: number;
  /** Promoted on proof, before the end. */
  readonly proven?: number;
  readonly promoteMedian?: number;
  readonly promoteP95?: number;
}

export const referenceFigures: Readonly<Record<string, ReferenceFigures>> = {
  '5 rps 0.1% clean': { rollback: 0, proven: 0.93, promoteMedian: 1_800, promoteP95: 1_800, held: 1.07 },
  '5 rps 1% clean': { rollback: 0.06, proven: 0.39, promoteMedian: 1_800, promoteP95: 1_800, held: 0.64 },
  '50 rps 0.1% clean': { rollback: 0.1, proven: 99.19, promoteMedian: 600, promoteP95: 1_174, held: 0.13 },
  '50 rps 1% clean': { rollback: 0.17, proven: 94.75, promoteMedian: 636, promoteP95: 1_800, held: 0.17 },
  '500 rps 0.1% clean': { rollback: 0.1, proven: 99.9, promoteMedian: 300, promoteP95: 509, held: 0 },
  '500 rps 1% clean': { rollback: 0.02, proven: 99.98, promoteMedian: 300, promoteP95: 600, held: 0 },
  '5 rps 0.1% noisy': { rollback: 0.03, proven: 1.07, promoteMedian: 1_800, promoteP95: 1_800, held: 0.72 },
  '5 rps 1% noisy': { rollback: 0.03, proven: 0.43, promoteMedian: 1_800, promoteP95: 1_800, held: 0.5 },
  '50 rps 0.1% noisy': { rollback: 0.15, proven: 97.99, promoteMedian: 600, promoteP95: 1_391, held: 0.09 },
  '50 rps 1% noisy': { rollback: 0.08, proven: 93.16, promoteMedian: 665, promoteP95: 1_800, held: 0.03 },
  '500 rps 0.1% noisy': { rollback: 0.04, proven: 99.96, promoteMedian: 300, promoteP95: 600, held: 0 },
  '500 rps 1% noisy': { rollback: 0.03, proven: 99.97, promoteMedian: 300, promoteP95: 600, held: 0 },
  'err 5 0.001 x50 clean': { rollback: 100, held: 0, median: 234, p95: 493, failed: 6.6 },
  'err 5 0.01 x5 clean': { rollback: 99.5, held: 0.5, median: 525, p95: 1_214, failed: 14 },
  'err 5 0.01 x10 clean': { rollback: 100, held: 0, median: 176, p95: 375, failed: 9.7 },
  'err 5 0.01 x50 clean': { rollback: 100, held: 0, median: 27, p95: 51, failed: 7.3 },
  'err 50 0.001 x5 clean': { rollback: 99.6, held: 0, median: 397, p95: 961, failed: 11 },
  'err 50 0.001 +1pp clean': { rollback: 100, held: 0, median: 109, p95: 267, failed: 7 },
  'err 50 0.01 x1.5 clean': { rollback: 51.8, held: 34.7, median: 1_750, failed: 102 },
  'err 50 0.01 x2 clean': { rollback: 100, held: 0, median: 415, p95: 960, failed: 46 },
  'err 50 0.01 x5 clean': { rollback: 100, held: 0, median: 48, p95: 99, failed: 13 },
  'err 50 0.01 x50 clean': { rollback: 100, held: 0, median: 11, p95: 13, failed: 28 },
  'err 500 0.001 x2 clean': { rollback: 87.7, held: 0, median: 406, failed: 40 },
  'err 500 0.01 x2 clean': { rollback: 100, held: 0, median: 45, p95: 99, failed: 50 },
  'err 50 0.01 x2 noisy': { rollback: 96.6, held: 2.5, median: 471, p95: 1_576, failed: 76 },
  'err 50 0.01 x5 noisy': { rollback: 100, held: 0, median: 47, p95: 133, failed: 15 },
  'lat 5 x1.5 clean': { rollback: 100, held: 0, median: 242, p95: 449, exposed: 124 },
  'lat 50 x1.1 clean': { rollback: 0.9, held: 17.5, exposed: 8_663 },
  'lat 50 x1.25 clean': { rollback: 100, held: 0, median: 120, p95: 220, exposed: 613 },
  'lat 50 x1.5 clean': { rollback: 100, held: 0, median: 33, p95: 49, exposed: 171 },
  'lat 50 x2 clean': { rollback: 100, held: 0, median: 23, p95: 27, exposed: 117 },
  'lat 500 x1.25 clean': { rollback: 100, held: 0, median: 31, p95: 38, exposed: 1_485 },
  'lat 50 x1.25 noisy': { rollback: 100, held: 0, median: 116, p95: 222, exposed: 613 },
  'tail 5 5%+1s clean': { rollback: 100, held: 0, median: 493, p95: 1_082, exposed: 270 },
  'tail 50 2%+1s clean': { rollback: 100, held: 0, median: 169, p95: 336, exposed: 910 },
  'tail 50 5%+1s clean': { rollback: 100, held: 0, median: 51, p95: 98, exposed: 275 },
  'good clumped errors, rps 50': { rollback: 0.8 },
  'good clumped errors, rps 500': { rollback: 0.25 },
  'good pod stalls, rps 50': { rollback: 0.05 },
  'good pod stalls, rps 500': { rollback: 0.4 },
  'good canary-only hiccup 5s, rps 50': { rollback: 2.85 },
  'good canary-only hiccup 10s, rps 50': { rollback: 12.55 },
  'good ramp 10-25-50, shared +1pp in last step, rps 50': { rollback: 0.35 },
  'bad 5x clumped, rps 50': { rollback: 100, median: 228, p95: 560, exposed: 1_307, failed: 64.7 },
  'bad slow1.5 stalls, rps 50': { rollback: 100, median: 51, p95: 74, exposed: 260, failed: 2.6 },
  'late onset (600 s) x2, rps 50': { rollback: 94.6, median: 1_197, exposed: 6_147, failed: 93.2 },
  'late onset (600 s) x5, rps 50': { rollback: 100, median: 676, p95: 736, exposed: 3_397, failed: 50 },
  'late onset (600 s) slow x1.5, rps 50': {
    rollback: 100,
    median: 642,
    p95: 659,
    exposed: 3_206,
    failed: 31.9,
  },
};
