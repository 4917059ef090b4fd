import type { CopyRecord } from '#core/recovery';
import { type Failure, fail, hours, ok, type Result } from '#kernel';
import type { CopyFacts, CopyProgress, PartSink } from '#ports';
import { settled, within } from './calling.ts';
import { isDeclared, own, storeOf, type Tools } from './tools.ts';

export interface BackupAsk {
  /** Names of stores, and `fairway`; null: every store whose copies are declared, and `fairway`. */
  readonly of: readonly string[] | null;
  readonly why: string;
  readonly signal: AbortSignal;
  readonly progress: (progress: CopyProgress) => void;
}

export interface Backup {
  readonly copies: readonly CopyRecord[];
  readonly failed: readonly { readonly of: string; readonly failure: Failure }[];
}

/** A copy that takes longer is given up: whatever it waits for will not come. */
const copyLimit = hours(12);

/**
 * Copies what was asked for, and always what Fairway itself keeps; that one of them fails does not keep the others from being
 * made. Each outcome is told in the journal. Failure: `recovery_store_unknown` (facts: store, stores).
 */
export async function backUp(tools: Tools, ask: BackupAsk): Promise<Result<Backup>> {
  const names = namesOf(tools, ask.of);
  const unknown = names.find((name) => name !== own && storeOf(tools, name) === null);
  if (unknown !== undefined) return unknownStore(tools, unknown);
  const copies: CopyRecord[] = [];
  const failed: { of: string; failure: Failure }[] = [];
  for (const [index, of] of names.entries()) {
    const progress = ({ share, doing }: CopyProgress) =>
      ask.progress({ share: (index + (share ?? 0)) / names.length, doing: `${of}: ${doing}` });
    progress({ share: 0, doing: 'it is copied' });
    const copied = await within(
      tools.site.clock,
      { what: `the copy of ${of}`, within: copyLimit, signal: ask.signal },
      (signal) => copyOne(tools, of, { ...ask, signal, progress }),
    );
    if (copied.ok) copies.push(copied.value);
    else failed.push({ of, failure: copied.error });
    const told = await tell(tools, of, ask.why, copied);
    if (!told.ok) return told; // another one is in charge, or nothing can be written
    if (ask.signal.aborted) return fail('cancelled', { what: 'the backup' });
  }
  return ok({ copies, failed });
}

function namesOf({ stores }: Tools, of: readonly string[] | null): readonly string[] {
  const asked = of ?? stores.filter(({ spec }) => isDeclared(spec)).map(({ spec }) => spec.name);
  return [...new Set([...asked.filter((name) => name !== own), own])];
}

export const unknownStore = ({ stores }: Tools, store: string) =>
  fail('recovery_store_unknown', { store, stores: stores.map(({ spec }) => spec.name).join(', ') });

async function copyOne(
  tools: Tools,
  of: string,
  { why, signal, progress }: Omit<BackupAsk, 'of'>,
): Promise<Result<CopyRecord>> {
  const store = storeOf(tools, of);
  const kind = store?.spec.kind ?? 'fairway';
  const copy = tools.catalogue.newCopy({ of, kind, why, signal });
  const finished = await settled(`the copy of ${of}`, async () => {
    const facts = await contentOf(tools, of, copy.sink, signal, progress);
    if (!facts.ok) return facts;
    progress({ share: 1, doing: 'its record is written' });
    return copy.finish(facts.value);
  });
  if (!finished.ok) await settled(`what is left of the copy of ${of}`, () => copy.discard()); // or a later sweep
  return finished;
}

function contentOf(
  tools: Tools,
  of: string,
  sink: PartSink,
  signal: AbortSignal,
  progress: (progress: CopyProgress) => void,
): Promise<Result<CopyFacts>> {
  const store = storeOf(tools, of);
  return store === null ? tools.own.copy(sink, signal, progress) : store.copy(sink, signal, progress);
}

function tell(tools: Tools, of: string, why: string, copied: Result<CopyRecord>): Promise<Result<null>> {
  if (!copied.ok) {
    const { code, facts } = copied.error;
    return tools.evidence.tell('recovery.copy_failed', { of, why, code, facts });
  }
  const { id, from, until, verifiedAt, bytes, parts } = copied.value;
  const stored = parts.reduce((sum, part) => sum + part.stored, 0);
  return tools.evidence.tell('recovery.copied', { of, id, why, from, until, verifiedAt, bytes, stored });
}
