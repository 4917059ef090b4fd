import type { Counts } from '#core/gate';
import type { Failure, Instant } from '#kernel';
import type { Sheet } from './sheet.ts';
import { addTotals, advance, firstTally, nothing, type Tally, type Totals, type WentBack } from './tally.ts';

/** What is known of one revision. */
export interface Entry {
  readonly service: string;
  readonly revision: string;
  /** What sources that are gone have contributed. */
  readonly gone: Totals;
  readonly sources: Readonly<Record<string, Source>>;
  /** When something was last read; null: never. */
  readonly at: Instant | null;
}

interface Source {
  readonly tally: Tally | null;
  /** Why it could not be read the last time, and since when that is so. */
  readonly problem: { readonly failure: Failure; readonly since: Instant } | null;
}

/** A process, or a whole revision where a server of metrics answers for it. */
export interface Origin {
  readonly name: string;
  readonly process: string;
  /** Whether all it tells has happened since we began. */
  readonly isNew: boolean;
  readonly wentBack: WentBack;
}

/** What is read of one revision, with the time of it and what could not be read. */
export interface RevisionReading {
  readonly service: string;
  readonly revision: string;
  /** null: not measured. Never zeros in its place. */
  readonly counts: Counts | null;
  readonly at: Instant | null;
  /** Sources that failed when they were last asked: what they answer to users is not in `counts`. */
  readonly unread: readonly {
    /** null: the revision as a whole. */
    readonly replica: string | null;
    readonly failure: Failure;
    readonly since: Instant;
  }[];
}

/** The source that stands for all replicas of a revision; no replica is called so. */
export const wholeRevision = '*';

export const newEntry = (service: string, revision: string): Entry => ({
  service,
  revision,
  gone: nothing,
  sources: {},
  at: null,
});

export function withSheet(entry: Entry, origin: Origin, sheet: Sheet, at: Instant): Entry {
  const { name, process, isNew, wentBack } = origin;
  const before = entry.sources[name]?.tally ?? null;
  const tally =
    before === null ? firstTally(sheet, process, isNew) : advance(before, sheet, process, wentBack);
  return { ...entry, at, sources: { ...entry.sources, [name]: { tally, problem: null } } };
}

export function withProblem(entry: Entry, { name }: Origin, failure: Failure, now: Instant): Entry {
  const { tally = null, problem = null } = entry.sources[name] ?? {};
  const since = problem?.since ?? now;
  return { ...entry, sources: { ...entry.sources, [name]: { tally, problem: { failure, since } } } };
}

/** Lets go of sources that are there no more; what they had contributed stays. */
export function keepOnly(entry: Entry, names: ReadonlySet<string>): Entry {
  const leaving = Object.entries(entry.sources).filter(([name]) => !names.has(name));
  if (leaving.length === 0) return entry;
  const gone = leaving.reduce((sum, [, { tally }]) => addTotals(sum, tally?.totals ?? nothing), entry.gone);
  const sources = Object.entries(entry.sources).filter(([name]) => names.has(name));
  return { ...entry, gone, sources: Object.fromEntries(sources) };
}

export function readingOf(entry: Entry, epoch: string): RevisionReading {
  const { service, revision, at } = entry;
  const read = Object.entries(entry.sources).flatMap(([name, { tally }]) =>
    tally === null ? [] : [{ name, totals: tally.totals }],
  );
  const sum = read.reduce((total, { totals }) => addTotals(total, totals), entry.gone);
  const replicas = read
    .filter(({ name }) => name !== wholeRevision)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1)) // they answer in any order
    .map(({ name, totals }) => ({ replica: name, ...whole(totals) }));
  const unread = Object.entries(entry.sources).flatMap(([name, { problem }]) =>
    problem === null ? [] : [{ replica: name === wholeRevision ? null : name, ...problem }],
  );
  const counts = at === null ? null : { service, revision, epoch, ...whole(sum), replicas };
  return { service, revision, counts, at, unread };
}

/** Counters are numbers with fractions, requests are not: what is begun does not count yet. */
const whole = ({ requests, failures, buckets }: Totals): Totals => ({
  requests: Math.floor(requests),
  failures: Math.floor(failures),
  buckets: buckets.map((count) => Math.floor(count)),
});
