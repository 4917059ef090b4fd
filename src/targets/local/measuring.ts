import type { Counts } from '#core/gate';
import type { Unread } from '#core/release';
import { type Clock, describeFailure, millis, seconds } from '#kernel';
import { createCollector, type ReplicaSource, type RevisionReading, type Subject } from '#signals';
import type { Book, ReplicaRecord } from './book.ts';

/** The counts of services that the router does not count. */
export interface Measuring {
  /** Looks at them if the last look is long enough ago, and waits a moment for it: then the last reading stands. */
  read(book: Book, signal: AbortSignal): Promise<readonly RevisionReading[]>;
}

const pace = seconds(1);
/** A source that takes longer is not read in this look. */
const atMost = seconds(2);
/** An observation waits no longer for the look it began. */
const patience = millis(250);

export function createMeasuring({
  clock,
  epoch,
}: {
  readonly clock: Clock;
  readonly epoch: string;
}): Measuring {
  const collector = createCollector({ clock, epoch, atMost });
  let lastLook = 0;
  let looking: Promise<void> | null = null;

  return {
    async read(book, signal) {
      const now = clock.now();
      const isDue = now - lastLook >= pace || now < lastLook; // also after the clock was set back
      if (looking === null && isDue) {
        lastLook = now;
        looking = collector.look(subjectsOf(book), signal).finally(() => {
          looking = null;
        });
      }
      if (looking !== null) await briefly(looking, clock);
      return collector.readings();
    },
  };
}

async function briefly(work: Promise<void>, clock: Clock): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(patience, done.signal)]);
  done.abort();
}

/** What the router counted of services it counts for, and what is read of the others. */
export function mergedCounts(
  book: Book,
  ofRouter: readonly Counts[],
  readings: readonly RevisionReading[],
): readonly Counts[] {
  const others = new Set(subjectsOf(book).map(({ service }) => service));
  return [
    ...ofRouter.filter(({ service }) => !others.has(service)),
    ...readings.flatMap(({ service, counts }) => (counts !== null && others.has(service) ? [counts] : [])),
  ];
}

/** Each revision whose replicas could not all be read, with the first reason. */
export function unreadIn(readings: readonly RevisionReading[]): readonly Unread[] {
  return readings.flatMap(({ service, revision, unread: [first] }) => {
    if (first === undefined) return [];
    const { sentence } = describeFailure(first.failure);
    const of = first.replica === null ? '' : `${first.replica}: `;
    return [{ service, revision, sentence: `${of}${sentence}` }];
  });
}

/**
 * Services that are measured otherwise than by the router, as the environment declares them now: both arms are measured in
 * the same way, also where an older revision was declared otherwise.
 */
function subjectsOf(book: Book): readonly Subject[] {
  const { environment, replicas } = book.state();
  return (environment?.services ?? []).flatMap(({ name, measure }) => {
    if (measure === undefined || measure === null || measure.from === 'router') return [];
    const mine = replicas.filter(({ service }) => service === name);
    const revisions = [...new Set(mine.map(({ revision }) => revision))].map((revision) => ({
      revision,
      replicas: mine.filter((record) => record.revision === revision).map((record) => sourceOf(record, book)),
    }));
    return [{ service: name, measure, revisions }];
  });
}

function sourceOf(record: ReplicaRecord, book: Book): ReplicaSource {
  const { replica, createdAt, port, process, served } = record;
  const name = nameOf(process);
  return {
    replica,
    // Before it was ready for the first time it has no page, and nobody has asked it anything.
    port: process !== null && served ? port : null,
    process: name,
    bornAt: createdAt,
    stillRuns: () => {
      const now = book.state().replicas.find((each) => each.replica === replica);
      return now !== undefined && nameOf(now.process) === name;
    },
  };
}

const nameOf = (process: ReplicaRecord['process']) =>
  process === null ? '' : `${process.pid} ${process.started}`;
