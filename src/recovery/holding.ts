import { fail, ok, type Result } from '#kernel';
import type { HoldAsk, RecoveryState } from './contract.ts';

/**
 * A hold on something that is not there would keep nothing, and nobody would know.
 * Failures: `recovery_store_unknown` (facts: store, stores), `recovery_copy_unknown` (facts: copy, of).
 */
export function holdable({ stores, copies }: RecoveryState, { of, copy }: HoldAsk): Result<null> {
  const isKnown = stores.some(({ store }) => store === of) || copies.some((each) => each.of === of);
  if (!isKnown)
    return fail('recovery_store_unknown', { store: of, stores: stores.map(({ store }) => store).join(', ') });
  const isThere = copy === null || copies.some((each) => each.of === of && each.id === copy);
  return isThere ? ok(null) : fail('recovery_copy_unknown', { copy, of });
}

/**
 * A hold that cannot be read makes the state a failure; then it must be possible to end it all the same.
 * Failure: `recovery_hold_unknown` (facts: hold).
 */
export function endable(state: Result<RecoveryState>, id: string): Result<null> {
  const isUnknown = state.ok && !state.value.holds.some((hold) => hold.id === id);
  return isUnknown ? fail('recovery_hold_unknown', { hold: id }) : ok(null);
}
