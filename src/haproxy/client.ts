import { canonicalJson, type Clock, fail, millis, ok, type Random, type Result, seconds } from '#kernel';
import { endProcess, isRunning, type ProcessIdentity, probePort } from '#process';
import { type DrainOutcome, parseTable, portsOf, type RouterClient, type RouterTable } from '#router';
import { apply } from './apply.ts';
import { type Book, emptyBook, enterTable } from './book.ts';
import { configurationOf } from './config.ts';
import { countsOf, openOf } from './counts.ts';
import { drain, leavingOf } from './drain.ts';
import type { Folder } from './folder.ts';
import type { Ledger } from './ledger.ts';
import { tableOf } from './maps.ts';
import { reload } from './reload.ts';
import type { Runtime } from './worker.ts';

export interface ClientParts {
  readonly folder: Folder;
  readonly runtime: Runtime;
  readonly ledger: Ledger;
  readonly identity: ProcessIdentity;
  readonly clock: Clock;
  readonly random: Random;
}

/** How long requests in flight may take when HAProxy is stopped. */
const stopGrace = seconds(13);

/**
 * The control plane's hold on a running HAProxy: the same promises as the built-in router's client. Failures of all:
 * `router_absent`, `router_unreachable` (facts: reason), `haproxy_refused` (command, answer), `disk_failed`.
 */
export function connectHaproxy(parts: ClientParts): RouterClient {
  const { folder, runtime, ledger, identity, clock, random } = parts;

  async function present<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    if (!isRunning(identity)) return fail('router_absent');
    const done = await work();
    return !done.ok && done.error.code === 'router_unreachable' && !isRunning(identity)
      ? fail('router_absent')
      : done;
  }

  async function bookNow(): Promise<Result<Book>> {
    const book = await folder.readBook();
    return book.ok ? ok(book.value ?? emptyBook('')) : book;
  }

  async function processes(replicas: readonly string[]) {
    const book = await bookNow();
    if (!book.ok) return book;
    return ok({
      numbers: leavingOf(book.value, replicas),
      processes: [null, ...book.value.leaving.map(({ pid }) => pid)],
    });
  }

  return {
    identity,
    isRunning: () => isRunning(identity),
    state: () =>
      present(() =>
        folder.alone(async () => {
          const [book, routes] = [await bookNow(), await runtime.routes()];
          if (!book.ok) return book;
          if (!routes.ok) return routes;
          const read = await ledger.read(book.value);
          if (!read.ok) return read;
          const { book: now, raw, statistics } = read.value;
          return ok({
            epoch: now.epoch,
            ...tableOf(routes.value),
            counts: countsOf(now, raw),
            open: openOf(now, statistics),
          });
        }),
      ),

    setTable: (table) => present(() => folder.alone(() => setTable(parts, table))),

    async drain(request, signal): Promise<Result<DrainOutcome>> {
      const book = await bookNow();
      if (!book.ok) return book;
      const routed = book.value.servers.find(
        ({ state, replica }) => state === 'routed' && request.replicas.includes(replica),
      );
      if (routed !== undefined) return fail('replica_routed', { replica: routed.replica });
      const drained = await present(() =>
        drain(() => processes(request.replicas), request, { runtime, clock, random, signal }),
      );
      if (drained.ok) await folder.alone(() => sweepNow(parts));
      return drained;
    },

    upgrade: () =>
      present(() =>
        folder.alone(async () => {
          const book = await bookNow();
          if (!book.ok) return book;
          const done = await reload(book.value, book.value, { folder, runtime, ledger, clock });
          return done.ok ? ok(null) : done;
        }),
      ),
    notUpgraded: null,

    async stop() {
      ledger.close();
      if (!isRunning(identity)) return ok(null);
      await stopSoftly(parts);
      return isRunning(identity) ? fail('router_not_stopped', { pid: identity.pid }) : ok(null);
    },
  };
}

async function setTable(parts: ClientParts, given: RouterTable): ReturnType<RouterClient['setTable']> {
  const { folder, runtime, ledger } = parts;
  const parsed = parseTable(given);
  if (!parsed.ok) return parsed;
  const table = parsed.value;
  const [book, routes, structure] = [
    await folder.readBook(),
    await runtime.routes(),
    await runtime.structure(),
  ];
  if (!book.ok) return book;
  if (!routes.ok) return routes;
  if (!structure.ok) return structure;
  const before = book.value ?? emptyBook('');
  const acknowledged = ok({ version: table.version, generation: table.generation });
  const inForce = tableOf(routes.value);
  const order = orderOf(table, before.table);
  if (order === 'older')
    return fail('table_stale', { version: before.table.version, generation: before.table.generation });
  if (order === 'same' && orderOf(inForce, before.table) === 'same') return acknowledged;

  const next = enterTable(before, table);
  const needsReload = configurationOf(next).structure !== structure.value;
  const free = needsReload ? await probeNew(table, before.table, parts.clock) : ok(null);
  if (!free.ok) return free;
  const saved = await folder.saveAll(next);
  if (!saved.ok) return saved;
  const done = needsReload
    ? await reload(next, before, { folder, runtime, ledger, clock: parts.clock })
    : ok(next);
  if (!done.ok) return done;
  const applied = await apply(done.value, runtime);
  if (!applied.ok) return applied;
  const swept = await ledger.sweep(done.value); // what cannot be taken away now is taken away another time
  if (needsReload && swept.ok) await ledger.read(swept.value);
  return acknowledged;
}

/** Table numbers alone say what is in force; of the same numbers two tables may differ. */
function orderOf(
  table: Pick<RouterTable, 'version' | 'generation'> & Partial<RouterTable>,
  present: RouterTable,
): 'newer' | 'same' | 'older' {
  if (table.version !== present.version) return table.version > present.version ? 'newer' : 'older';
  if (table.generation !== present.generation)
    return table.generation > present.generation ? 'newer' : 'older';
  if (table.routes === undefined) return 'same';
  return canonicalJson(table) === canonicalJson(present) ? 'same' : 'older';
}

/** HAProxy would pause its listeners while it waits for a port that somebody else has. Failure: `port_taken`. */
async function probeNew(table: RouterTable, before: RouterTable, clock: Clock): Promise<Result<null>> {
  const own = new Set(before.routes.flatMap(portsOf));
  for (const route of table.routes) {
    for (const port of portsOf(route).filter((each) => !own.has(each))) {
      const free = await probePort(port);
      if (!free.ok) return fail('port_taken', { port, service: route.service });
    }
  }
  await clock.sleep(millis(0));
  return ok(null);
}

async function sweepNow({ folder, ledger }: ClientParts): Promise<Result<null>> {
  const book = await folder.readBook();
  if (!book.ok || book.value === null) return book.ok ? ok(null) : book;
  const swept = await ledger.sweep(book.value);
  return swept.ok ? ok(null) : swept;
}

/** SIGUSR1: no new connections, the open ones to their end. WebSockets have none of their own, and are closed at once. */
async function stopSoftly({ runtime, identity, clock }: ClientParts): Promise<void> {
  const streams = await runtime.streams();
  const sockets = streams.ok ? streams.value.filter(({ backend }) => backend.endsWith('w')) : [];
  const ending = endProcess(identity, { grace: stopGrace, clock, first: 'SIGUSR1' });
  const found = await runtime.processes();
  for (const { id } of sockets) if (found.ok) await runtime.ask(`shutdown session ${id}`, found.value.worker);
  await ending;
}
