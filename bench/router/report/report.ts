import type { Outcome } from '../bench.ts';
import type { Failures } from '../generator/task.ts';
import type { Machine } from '../machine.ts';
import type { Options } from '../options.ts';

export interface Report extends Outcome {
  readonly options: Options;
  readonly machine: Machine;
  /** What the whole run took. */
  readonly seconds: number;
}

export const failed = (samples: readonly { readonly failures: Failures }[]): number =>
  samples.reduce((sum, { failures }) => sum + failures.status + failures.lost + failures.unanswered, 0);

export const present = (values: readonly (number | null)[]): readonly number[] =>
  values.filter((value) => value !== null);
