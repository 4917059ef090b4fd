import type { RouterState } from '#router';
import type { Book, NumberedServer } from './book.ts';
import type { Kind } from './config.ts';
import type { ServerStatistics } from './tables.ts';

/** What one process of HAProxy has counted; one that is leaving has its statistics only. */
export interface Readings {
  readonly answers: ReadonlyMap<number, number>;
  readonly unanswered: ReadonlyMap<number, number>;
  readonly statistics: readonly ServerStatistics[];
}

/** The raw counters of several processes, with those of processes that are gone. */
export function rawOf(
  frozen: Book['frozen'],
  readings: readonly Readings[],
): Readonly<Record<string, number>> {
  const raw: Record<string, number> = { ...frozen };
  const add = (key: string, count: number) => {
    if (count > 0) raw[key] = (raw[key] ?? 0) + count;
  };
  for (const { answers, unanswered, statistics } of readings) {
    for (const [key, count] of answers) add(`a${key}`, count);
    for (const [key, count] of unanswered) add(`u${key}`, count);
    for (const { backend, server, answered, failed } of statistics)
      if (!backend.endsWith('x')) {
        add(`n${server.slice(1)}`, answered);
        add(`f${server.slice(1)}`, failed);
      }
  }
  return raw;
}

interface Totals {
  requests: number;
  failures: number;
  readonly buckets: number[];
}

/** The totals of each revision that the book knows. Requests without an answer are in none of its replicas. */
export function countsOf(book: Book, raw: Readonly<Record<string, number>>): RouterState['counts'] {
  const servers = new Map(book.servers.map(({ number }) => [number, nothing()]));
  for (const [key, count] of Object.entries(raw)) {
    const code = Number(key.slice(1));
    const totals = servers.get(key.startsWith('a') ? Math.floor(code / 512) : code);
    if (totals === undefined || key.startsWith('u')) continue;
    if (key.startsWith('n')) totals.requests += count;
    else if (key.startsWith('f')) totals.failures += count;
    else addTotals(totals, { requests: 0, failures: 0, buckets: bucketsOf(code % 512, count) });
  }
  const names = new Map(book.services.map(({ number, name }) => [number, name]));
  return book.revisions.map(({ number, service, revision }) => {
    const replicas = replicasOf(
      book.servers.filter((server) => server.revision === number),
      servers,
    );
    const sum = nothing();
    for (const totals of replicas.values()) addTotals(sum, totals);
    const unanswered = raw[`u${number}`] ?? 0;
    return {
      service: names.get(service) ?? '',
      revision,
      requests: sum.requests + unanswered,
      failures: sum.failures + unanswered,
      buckets: sum.buckets,
      replicas: [...replicas].map(([replica, totals]) => ({ replica, ...totals })),
    };
  });
}

const bucketsOf = (bucket: number, count: number) => [...Array.from({ length: bucket }, () => 0), count];

function addTotals(sum: Totals, { requests, failures, buckets }: Totals): void {
  sum.requests += requests;
  sum.failures += failures;
  for (const [bucket, count] of buckets.entries()) {
    while (sum.buckets.length <= bucket) sum.buckets.push(0);
    sum.buckets[bucket] = (sum.buckets[bucket] ?? 0) + count;
  }
}

const nothing = (): Totals => ({ requests: 0, failures: 0, buckets: [] });

/** A replica that came back, or moved to another port, has had several servers. */
function replicasOf(
  servers: readonly NumberedServer[],
  totals: ReadonlyMap<number, Totals>,
): ReadonlyMap<string, Totals> {
  const replicas = new Map<string, Totals>();
  for (const { number, replica } of servers) {
    const sum = replicas.get(replica) ?? nothing();
    addTotals(sum, totals.get(number) ?? nothing());
    replicas.set(replica, sum);
  }
  return replicas;
}

/** What is open per replica, in all processes: those that HAProxy still routes to or waits for. */
export function openOf(book: Book, statistics: readonly ServerStatistics[]): RouterState['open'] {
  const open = new Map<string, { requests: number; sockets: number }>();
  for (const server of book.servers) {
    const own = statistics.filter((each) => each.server === `r${server.number}`);
    const sum = (kind: Kind) =>
      own.filter(({ backend }) => backend.endsWith(kind)).reduce((total, each) => total + each.open, 0);
    const [requests, sockets] = [sum('h') + sum('x'), sum('w')];
    if (server.state === 'gone' && requests + sockets === 0) continue;
    const before = open.get(server.replica) ?? { requests: 0, sockets: 0 };
    open.set(server.replica, {
      requests: before.requests + requests,
      sockets: before.sockets + sockets,
    });
  }
  return [...open].map(([replica, counts]) => ({ replica, ...counts }));
}
