import { fail, minutes, ok, type Result } from '#kernel';
import { within } from './calling.ts';
import type { Course } from './course.ts';
import { planFrom } from './planning.ts';
import type { Scratch } from './drill-scratch.ts';
import { own, type Tools } from './tools.ts';

/** Brings the secrets back into the scratch environment, from the newest copy of what Fairway itself keeps. */
export function bringBackSecrets(
  tools: Tools,
  scratch: Scratch,
  course: Course,
  signal: AbortSignal,
): Promise<Result<null>> {
  const limits = { what: 'the restore of the secrets', within: minutes(30), signal };
  const work = () =>
    within(tools.site.clock, limits, async (inner) => {
      const { recovery } = scratch.target;
      if (recovery === undefined) return fail('recovery_not_here', { environment: scratch.environment.name });
      const target = { kind: 'latest' } as const;
      const planned = await planFrom(tools, { of: own, target, copy: null, signal: inner });
      if (!planned.ok) return planned;
      const done = await tools.own.restoreSecrets(planned.value.source, recovery.own.secrets, inner);
      return done.ok ? ok(null) : done;
    });
  return course.step('restore secrets', work, () => 'those of the newest copy');
}
