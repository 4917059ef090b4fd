import { canonicalJson, type Clock, type Instant, type Millis, type Result } from '#kernel';
import {
  type Entry,
  keepOnly,
  newEntry,
  type Origin,
  readingOf,
  type RevisionReading,
  wholeRevision,
  withProblem,
  withSheet,
} from './entry.ts';
import { queryPrometheus } from './prometheus.ts';
import { scrape } from './scrape.ts';
import type { Sheet } from './sheet.ts';
import type { ReplicaSource, Subject } from './subject.ts';

/** Counts what the programs of an environment tell of themselves, revision by revision. */
export interface Collector {
  /**
   * Asks every source once, all at a time, each for no longer than `atMost`. What fails leaves its last reading in place. One
   * look at a time.
   */
  look(subjects: readonly Subject[], signal: AbortSignal): Promise<void>;
  /** What has been counted of the services last looked at. */
  readings(): readonly RevisionReading[];
}

export interface CollectorOptions {
  readonly clock: Clock;
  readonly epoch: string;
  /** For one source. */
  readonly atMost: Millis;
}

/** Revisions that nothing runs of any more are remembered up to this many. */
const remembered = 200;

/**
 * Totals begin at zero under `epoch`: what a program had counted before it was seen for the first time is history, unless
 * it began after us. So a collector that begins anew counts nothing twice and brings no old failures back.
 */
export function createCollector({ clock, epoch, atMost }: CollectorOptions): Collector {
  const startedAt = clock.now();
  const entries = new Map<string, Entry>();
  const ways = new Map<string, { readonly declared: string; readonly since: Instant }>();
  let services: ReadonlySet<string> = new Set();

  async function look(subjects: readonly Subject[], signal: AbortSignal): Promise<void> {
    services = new Set(subjects.map(({ service }) => service));
    for (const subject of subjects) prepare(subject);
    forget(subjects);
    const limits = { clock, atMost, signal };
    await Promise.all(
      subjects.flatMap(({ service, measure, revisions }) =>
        revisions.flatMap(({ revision, replicas }) => {
          const names = { service, revision };
          if (measure.from === 'prometheus')
            return replicas.length === 0
              ? []
              : [take(names, asWhole, queryPrometheus(measure, names, limits), () => true)];
          return replicas.flatMap((each) =>
            each.port === null
              ? []
              : [take(names, originOf(each, service), scrape(each.port, measure, limits), each.stillRuns)],
          );
        }),
      ),
    );
  }

  /** Sources that are gone are let go of. Where the declaration changed, series of the old one say nothing of the new. */
  function prepare({ service, measure, revisions }: Subject): void {
    const declared = canonicalJson(measure);
    const before = ways.get(service);
    const hasChanged = before !== undefined && before.declared !== declared;
    if (before === undefined || hasChanged)
      ways.set(service, { declared, since: hasChanged ? clock.now() : startedAt });
    if (hasChanged)
      for (const entry of entries.values())
        if (entry.service === service) change(entry, (known) => keepOnly(known, new Set()));
    for (const { revision, replicas } of revisions) {
      const present =
        measure.from === 'prometheus' ? [wholeRevision] : replicas.map(({ replica }) => replica);
      change({ service, revision }, (entry) => keepOnly(entry, new Set(present)));
    }
  }

  function originOf({ replica, process, bornAt }: ReplicaSource, service: string): Origin {
    const isNew = bornAt >= (ways.get(service)?.since ?? startedAt);
    return { name: replica, process, isNew, wentBack: 'anew' };
  }

  async function take(
    names: { readonly service: string; readonly revision: string },
    origin: Origin,
    asked: Promise<Result<Sheet>>,
    isValid: () => boolean,
  ): Promise<void> {
    const sheet = await asked;
    if (!isValid()) return;
    const now = clock.now();
    change(names, (entry) =>
      sheet.ok ? withSheet(entry, origin, sheet.value, now) : withProblem(entry, origin, sheet.error, now),
    );
  }

  function change(
    { service, revision }: { readonly service: string; readonly revision: string },
    update: (entry: Entry) => Entry,
  ): void {
    const key = `${service}\n${revision}`;
    entries.set(key, update(entries.get(key) ?? newEntry(service, revision)));
  }

  function forget(subjects: readonly Subject[]): void {
    const present = new Set(
      subjects.flatMap(({ service, revisions }) =>
        revisions.map(({ revision }) => `${service}\n${revision}`),
      ),
    );
    for (const [key, entry] of entries) {
      if (present.has(key)) continue;
      if (entries.size > remembered + present.size) entries.delete(key);
      else entries.set(key, keepOnly(entry, new Set()));
    }
  }

  return {
    look,
    readings: () =>
      [...entries.values()]
        .filter(({ service }) => services.has(service))
        .map((entry) => readingOf(entry, epoch)),
  };
}

/** What a server of metrics knew of a revision when it was asked first is history, also when it knew nothing. */
const asWhole: Origin = { name: wholeRevision, process: '', isNew: false, wentBack: 'unknown' };
