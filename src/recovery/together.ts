import { type Failure, fail, type Result } from '#kernel';

/** Work that is done at the same time and of which nothing is of use when a part of it fails. */
export interface Together {
  /**
   * Does one part; the first that fails ends the others. `begins`: told by the part when it has done anything.
   * Failures: those of the part; `drill_not_tried`, `drill_left_off` (facts: part, failed) where another one failed before.
   */
  part<T>(
    name: string,
    work: (signal: AbortSignal, begins: () => void) => Promise<Result<T>>,
  ): Promise<Result<T>>;
}

export function createTogether(signal: AbortSignal): Together {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  let failed: string | null = null;
  return {
    async part(name, work) {
      let hasBegun = false;
      const done = await work(either, () => {
        hasBegun = true;
      });
      if (done.ok) return done;
      if (failed !== null && done.error.code === 'cancelled' && !signal.aborted)
        return fail(hasBegun ? 'drill_left_off' : 'drill_not_tried', { part: name, failed });
      failed ??= name;
      over.abort();
      return done;
    },
  };
}

/** Whether it failed only because another part had. */
export const isAfterAnother = ({ code }: Failure): boolean =>
  code === 'drill_not_tried' || code === 'drill_left_off';
