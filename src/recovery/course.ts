import type { DrillRecord } from '#core/recovery';
import { between, type Clock, describeFailure, type Result } from '#kernel';

export type DrillStep = DrillRecord['steps'][number];

/** What was done, one after another or at the same time, and how long each thing took. */
export interface Course {
  /** Does a piece of work and notes it; `detailOf` says in a few words what came of it. */
  step<T>(name: string, work: () => Promise<Result<T>>, detailOf: (value: T) => string): Promise<Result<T>>;
  /** Notes something that took no time of its own, as each thing that was looked at. */
  note(name: string, ok: boolean, detail: string): void;
  /** In the order in which they ended. */
  steps(): readonly DrillStep[];
}

export function createCourse(clock: Clock, begins: (name: string) => void): Course {
  const steps: DrillStep[] = [];
  return {
    async step(name, work, detailOf) {
      begins(name);
      const begun = clock.now();
      const result = await work();
      const detail = result.ok ? detailOf(result.value) : describeFailure(result.error).sentence;
      steps.push({ name, tookMillis: between(begun, clock.now()), ok: result.ok, detail });
      return result;
    },
    note: (name, ok, detail) => void steps.push({ name, tookMillis: 0, ok, detail }),
    steps: () => steps,
  };
}
