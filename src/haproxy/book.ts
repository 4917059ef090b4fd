import type { RouterTable } from '#router';

/**
 * What stands behind the numbers that HAProxy knows: its configuration, maps and counters name services, revisions and
 * replicas by number only, so that no text of a user is ever read by it as part of a configuration. Plain JSON, on disk.
 */
export interface Book {
  /** Changes when totals begin at 0 again. */
  readonly epoch: string;
  /** The table that was asked for last; HAProxy itself says which one is in force. */
  readonly table: RouterTable;
  /** The next number that nothing has had yet. */
  readonly next: number;
  readonly services: readonly NumberedService[];
  readonly revisions: readonly NumberedRevision[];
  /** Those that HAProxy knows, routed or on their way out, and those that are remembered for their counts. */
  readonly servers: readonly NumberedServer[];
  /** The process that answers now; null before the first one has been looked at. */
  readonly worker: number | null;
  /** Processes of before a reload that still have requests: their counts are added until they are frozen. */
  readonly leaving: readonly LeavingProcess[];
  /** Raw counters of processes and servers that are gone, by key. */
  readonly frozen: Readonly<Record<string, number>>;
}

export interface LeavingProcess {
  readonly pid: number;
  /** Servers whose counts in it are frozen already. */
  readonly frozen: readonly number[];
}

export interface NumberedService {
  readonly number: number;
  readonly name: string;
}

export interface NumberedRevision {
  readonly number: number;
  readonly service: number;
  readonly revision: string;
  /** Which of the service's backends is its own; null while it has no server. */
  readonly slot: number | null;
}

export interface NumberedServer {
  readonly number: number;
  readonly revision: number;
  readonly replica: string;
  readonly port: number;
  /** `routed`: in the table; `leaving`: draining, HAProxy still knows it; `gone`: its counts are all that is left. */
  readonly state: 'routed' | 'leaving' | 'gone';
}

export const emptyTable: RouterTable = { version: 0, generation: 0, routes: [] };

export const emptyBook = (epoch: string): Book => ({
  epoch,
  table: emptyTable,
  next: 1,
  services: [],
  revisions: [],
  servers: [],
  worker: null,
  leaving: [],
  frozen: {},
});

/** The most revisions that are remembered once they are in no table any more. */
const remembered = 100;

/** The book with the table entered: numbers and slots for what is new, and what left the table marked as leaving. */
export function enterTable(book: Book, table: RouterTable): Book {
  let { next } = book;
  const services = [...book.services];
  const revisions = [...book.revisions];
  const servers = book.servers.map(
    (server): NumberedServer => (server.state === 'routed' ? { ...server, state: 'leaving' } : server),
  );
  for (const { service, arms } of table.routes) {
    const numbered = services.find(({ name }) => name === service) ?? { number: next++, name: service };
    if (!services.includes(numbered)) services.push(numbered);
    for (const { revision, endpoints } of arms) {
      const known = revisions.findIndex((r) => r.service === numbered.number && r.revision === revision);
      const at = known === -1 ? revisions.length : known;
      const before = revisions[at] ?? { number: next++, service: numbered.number, revision, slot: null };
      const slot = before.slot ?? freeSlot(revisions, numbered.number);
      revisions[at] = { ...before, slot };
      for (const { replica, port } of endpoints) {
        const isSame = (s: NumberedServer) =>
          s.revision === before.number && s.replica === replica && s.port === port && s.state !== 'gone';
        const index = servers.findIndex(isSame);
        const number = servers[index]?.number ?? next++;
        servers[index === -1 ? servers.length : index] = {
          number,
          revision: before.number,
          replica,
          port,
          state: 'routed',
        };
      }
    }
  }
  return prune({ ...book, table, next, services, revisions, servers });
}

/** The servers are no longer known to HAProxy: their revisions give their slots back when they were the last ones. */
export function removeServers(book: Book, gone: ReadonlySet<number>): Book {
  const servers = book.servers.map(
    (server): NumberedServer => (gone.has(server.number) ? { ...server, state: 'gone' } : server),
  );
  const kept = new Set(servers.flatMap((s) => (s.state === 'gone' ? [] : [s.revision])));
  const isRouted = routedIn(book);
  const revisions = book.revisions.map((revision) =>
    kept.has(revision.number) || isRouted(revision) ? revision : { ...revision, slot: null },
  );
  return prune({ ...book, servers, revisions });
}

/** Servers of which the present process is counted no more. */
export const goneIn = (book: Book): readonly number[] =>
  book.servers.flatMap(({ number, state }) => (state === 'gone' ? [number] : []));

export function routedIn(book: Book): (revision: NumberedRevision) => boolean {
  const routed = new Set(
    book.table.routes.flatMap(({ service, arms }) => arms.map((arm) => `${service} ${arm.revision}`)),
  );
  const names = new Map(book.services.map(({ number, name }) => [number, name]));
  return ({ service, revision }) => routed.has(`${names.get(service) ?? ''} ${revision}`);
}

function freeSlot(revisions: readonly NumberedRevision[], service: number): number {
  const taken = new Set(revisions.flatMap((r) => (r.service === service ? [r.slot] : [])));
  let slot = 0;
  while (taken.has(slot)) slot += 1;
  return slot;
}

/** Lets go of the oldest revisions of which nothing is left but counts, once there are very many. */
function prune(book: Book): Book {
  const isRouted = routedIn(book);
  const idle = book.revisions.filter((revision) => revision.slot === null && !isRouted(revision));
  const forgotten = new Set(idle.slice(0, Math.max(0, idle.length - remembered)).map(({ number }) => number));
  if (forgotten.size === 0) return book;
  const revisions = book.revisions.filter(({ number }) => !forgotten.has(number));
  const servers = book.servers.filter(({ revision }) => !forgotten.has(revision));
  const known = new Set([...revisions, ...servers].map(({ number }) => number));
  const frozen = Object.fromEntries(Object.entries(book.frozen).filter(([key]) => known.has(ownerOf(key))));
  return { ...book, revisions, servers, frozen };
}

/**
 * Raw counters: `a<server * 512 + bucket>` answers that did not fail, by latency; `n<server>` answers and `f<server>`
 * failed ones; `u<revision>` requests that HAProxy had to answer itself.
 */
const ownerOf = (key: string): number =>
  key.startsWith('a') ? Math.floor(Number(key.slice(1)) / 512) : Number(key.slice(1));
