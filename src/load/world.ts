import type { Clock, Random } from '#kernel';
import type { LoadReport } from './report.ts';

/** What a load run is given of the world. */
export interface LoadWorld {
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds of a clock that is never set back, with fractions; only differences matter (`performance.now`). */
  readonly monotonic: () => number;
  /** Ends the run: what is under way is given up, and the report comes at once. */
  readonly signal?: AbortSignal;
  /** Called about once a second with the present report. */
  readonly onProgress?: (report: LoadReport) => void;
}
