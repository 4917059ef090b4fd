import { fail, minutes, ok, type Result } from '#kernel';
import { within } from './calling.ts';
import type { Course } from './course.ts';
import { planFrom } from './planning.ts';
import type { Scratch } from './drill-scratch.ts';
import type { Together } from './together.ts';
import { own, type Tools } from './tools.ts';

/** Brings the secrets back into the scratch environment, from the newest copy of what Fairway itself keeps. */
export function bringBackSecrets(
  tools: Tools,
  scratch: Scratch,
  course: Course,
  together: Together,
): Promise<Result<null>> {
  const what = 'the restore of the secrets';
  const bring = (signal: AbortSignal, begins: () => void) =>
    within(tools.site.clock, { what, within: minutes(30), signal }, async (inner) => {
      const { recovery } = scratch.target;
      if (recovery === undefined) return fail('recovery_not_here', { environment: scratch.environment.name });
      const target = { kind: 'latest' } as const;
      const planned = await planFrom(tools, { of: own, target, copy: null, signal: inner });
      if (!planned.ok) return planned;
      begins();
      const done = await tools.own.restoreSecrets(planned.value.source, recovery.own.secrets, inner);
      return done.ok ? ok(null) : done;
    });
  return course.step(
    'restore secrets',
    () => together.part('the secrets', bring),
    () => 'those of the newest copy',
  );
}
