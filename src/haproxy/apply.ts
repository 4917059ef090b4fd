import { fail, ok, type Result } from '#kernel';
import type { Book, NumberedServer } from './book.ts';
import { files, kinds, serverWords } from './config.ts';
import { mapText, routesMap, serverOf, slotOf } from './maps.ts';
import type { PresentServer } from './tables.ts';
import type { Runtime } from './worker.ts';

/**
 * Brings a running HAProxy to the book, whatever it has now, and looks that it has come there. New servers come first, then
 * all routes change in one moment, then those that left take no new requests: at no time is there a route without servers.
 * Failures: `haproxy_refused` (facts: command, answer), `router_unreachable`.
 */
export async function apply(book: Book, runtime: Runtime): Promise<Result<null>> {
  const before = await runtime.servers();
  if (!before.ok) return before;
  const added = await runtime.all(joined(arrivals(book, before.value)), /registered|^$/i);
  if (!added.ok) return added;
  const present = await runtime.servers();
  if (!present.ok) return present;
  const [missing] = arrivals(book, present.value);
  if (missing !== undefined) return fail('haproxy_refused', { command: missing, answer: 'it has no effect' });
  const routed = await commitRoutes(book, runtime);
  if (!routed.ok) return routed;
  const left = await runtime.all(joined(departures(book, present.value)), /^$/);
  if (!left.ok) return left;
  const after = await runtime.servers();
  if (!after.ok) return after;
  const [staying] = departures(book, after.value);
  return staying === undefined
    ? ok(null)
    : fail('haproxy_refused', { command: staying, answer: 'it has no effect' });
}

/** The names under which HAProxy knows a server: one for each kind of backend. */
export function placesOf(book: Book, { revision, number }: NumberedServer): readonly string[] {
  const owner = book.revisions.find((each) => each.number === revision);
  if (owner?.slot == null) return [];
  const slot = slotOf(owner.service, owner.slot);
  return kinds.map((kind) => `${slot}${kind}/${serverOf(number)}`);
}

const placeOf = ({ backend, server }: PresentServer) => `${backend}/${server}`;

/** What makes servers take requests that should. */
function arrivals(book: Book, present: readonly PresentServer[]): readonly string[] {
  const known = new Map(present.map((server) => [placeOf(server), server]));
  return book.servers
    .filter(({ state }) => state === 'routed')
    .flatMap((server) =>
      placesOf(book, server).flatMap((place) => {
        const [backend = ''] = place.split('/');
        const has = known.get(place);
        const ready = `set server ${place} state ready`;
        if (has === undefined) return [`add server ${backend}/${serverWords(server)}`, ready];
        return has.isReady ? [] : [ready];
      }),
    );
}

/** What makes servers take no new requests that should not. */
function departures(book: Book, present: readonly PresentServer[]): readonly string[] {
  const routed = new Set(
    book.servers.filter(({ state }) => state === 'routed').flatMap((server) => placesOf(book, server)),
  );
  return present
    .filter((server) => server.isReady && !routed.has(placeOf(server)))
    .map((server) => `set server ${placeOf(server)} state drain`);
}

/** All routes at once: the entries of a new version of the map hold from the moment it is committed. */
async function commitRoutes(book: Book, runtime: Runtime): Promise<Result<null>> {
  const wanted = routesMap(book);
  const before = await runtime.routes();
  if (!before.ok) return before;
  if (mapText(sorted(before.value)) === mapText(sorted(wanted))) return ok(null);
  const prepared = await runtime.ask(`prepare map ${files.routes}`);
  if (!prepared.ok) return prepared;
  const version = /created: (\d+)/.exec(prepared.value)?.[1];
  if (version === undefined)
    return fail('haproxy_refused', { command: 'prepare map', answer: prepared.value.trim() });
  for (const part of parts([...wanted])) {
    const added = await runtime.ask(`add map @${version} ${files.routes} <<\n${mapText(new Map(part))}`);
    if (!added.ok) return added;
  }
  const committed = await runtime.ask(`commit map @${version} ${files.routes}`);
  if (!committed.ok) return committed;
  const after = await runtime.routes();
  if (!after.ok) return after;
  return mapText(sorted(after.value)) === mapText(sorted(wanted))
    ? ok(null)
    : fail('haproxy_refused', { command: 'commit map', answer: 'its routes are others' });
}

const sorted = (map: ReadonlyMap<string, string>) => new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));

/** HAProxy reads at most 16 KiB at a time; names are at most 200 characters each. */
function parts<T>(entries: readonly T[]): readonly T[][] {
  const found: T[][] = [];
  for (let at = 0; at < entries.length; at += 20) found.push(entries.slice(at, at + 20));
  return found;
}

const joined = (commands: readonly string[]) => parts(commands).map((part) => part.join('; '));
