import { type Failure, minutes, ok, type Result } from '#kernel';
import type { StoreCopies, StoreLog } from '#ports';
import { within } from './calling.ts';
import type { Tools } from './tools.ts';

/** Pieces that are shipped before somebody else gets a turn; what is left comes next, in its order. */
const piecesPerTurn = 32;
const pieceLimit = minutes(10);

export interface Shipped {
  readonly pieces: number;
  /** Handed over and still here; null: nobody could tell. */
  readonly waiting: number | null;
  /** Why it did not go on; null: it did. The piece stays where it is. */
  readonly failure: Failure | null;
}

/**
 * Brings what the server of one store has handed over into the repository, oldest first, and forgets each piece here only after
 * it was read back there. Ends at the first one that fails: a log with a gap is worth nothing behind the gap.
 */
export async function ship(
  tools: Tools,
  { spec, log }: StoreCopies & { readonly log: StoreLog },
  signal: AbortSignal,
): Promise<Shipped> {
  const { clock } = tools.site;
  const what = `the log of ${spec.name}`;
  const pending = await within(clock, { what, within: minutes(1), signal }, () => log.pending());
  if (!pending.ok) return { pieces: 0, waiting: null, failure: pending.error };
  let pieces = 0;
  for (const { name } of pending.value.slice(0, piecesPerTurn)) {
    const limits = { what: `the piece ${name} of ${what}`, within: pieceLimit, signal };
    const done = await within(clock, limits, (inner) => shipOne(tools, spec.name, log, name, inner));
    if (!done.ok) return { pieces, waiting: pending.value.length - pieces, failure: done.error };
    pieces += 1;
  }
  return { pieces, waiting: pending.value.length - pieces, failure: null };
}

async function shipOne(
  { catalogue }: Tools,
  of: string,
  log: StoreLog,
  name: string,
  signal: AbortSignal,
): Promise<Result<null>> {
  const added = await catalogue.addPiece(of, name, log.open(name), signal);
  return added.ok ? log.forget(name) : added;
}

/** Ships all there is, as before a restore to the latest. */
export async function shipAll(
  tools: Tools,
  store: StoreCopies & { readonly log: StoreLog },
  signal: AbortSignal,
): Promise<Result<null>> {
  for (;;) {
    const { pieces, waiting, failure } = await ship(tools, store, signal);
    if (failure !== null) return { ok: false, error: failure };
    if (waiting === 0 || pieces === 0) return ok(null);
  }
}

export const hasLog = (store: StoreCopies): store is StoreCopies & { readonly log: StoreLog } =>
  store.log !== null;
