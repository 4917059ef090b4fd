import { minutes, ok, type Result } from '#kernel';
import type { CopyProgress } from '#ports';
import { backUp } from './backup.ts';
import { within } from './calling.ts';
import type { Outcome } from './operations.ts';
import { own, type Tools } from './tools.ts';

/**
 * Replaces every generated secret and copies what Fairway keeps at once: the copies of before hold secrets that open nothing any more.
 * Failures: those of the target, of copying and of the store.
 */
export async function rotate(
  tools: Tools,
  ask: {
    readonly by: string;
    readonly note: string;
    readonly signal: AbortSignal;
    readonly progress: (progress: CopyProgress) => void;
  },
): Promise<Result<Outcome>> {
  const { site, evidence } = tools;
  const { by, note, signal, progress } = ask;
  const limits = { what: 'the rotation of the secrets', within: minutes(2), signal };
  const rotated = await within(site.clock, limits, () => site.target.rotateSecrets());
  if (!rotated.ok) return rotated;
  const told = await evidence.tell('recovery.rotated', { ...rotated.value, by, note });
  if (!told.ok) return told;
  const copied = await backUp(tools, { of: [own], why: 'after rotation', signal, progress });
  if (!copied.ok) return copied;
  return ok({ rotated: rotated.value, copies: copied.value.copies });
}
