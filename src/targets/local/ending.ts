import type { Revision } from '#core/release';
import type { Failure } from '#kernel';
import type { ProcessExit } from '#process';
import { inMebibytes } from './text.ts';

/** Why a process is gone, in one sentence for people. */
export function endingInWords(about: {
  readonly exit: ProcessExit | null;
  /** Why we ended it ourselves; null when we did not. */
  readonly condemned: string | null;
  readonly killedForMemory: boolean;
  readonly revision: Revision | undefined;
  /** Masked. */
  readonly lastLine: string | null;
}): string {
  const limit = about.revision?.spec.resources.memory ?? null;
  if (about.killedForMemory && limit !== null)
    return `it used more than its ${inMebibytes(limit)} of memory and was killed`;
  if (about.condemned !== null) return about.condemned;
  return `${howItEnded(about.exit)}${about.lastLine === null ? '' : `: ${about.lastLine}`}`;
}

function howItEnded(exit: ProcessExit | null): string {
  if (exit === null) return 'it ended';
  return exit.signal === null ? `exited with code ${exit.code ?? 'unknown'}` : `ended by ${exit.signal}`;
}

/** Why a replica could not even be started. */
export function notStartedInWords({ code, facts }: Failure): string {
  const about = Object.entries(facts).map(([name, fact]) => `${name} ${String(fact)}`);
  return `it could not be started (${[code, ...about].join(', ')})`;
}
