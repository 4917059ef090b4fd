import type { RouterArm, RouterRoute } from '#router';
import { type Book, type NumberedRevision } from './book.ts';

/** Weights and points are whole millionths of a percent inside HAProxy, which has no fractions. */
export const whole = 100_000_000;

/** Names of a route's frontends and of a revision's backends. */
export const frontendOf = (service: number) => `s${service}`;
export const previewOf = (service: number) => `p${service}`;
export const slotOf = (service: number, slot: number) => `s${service}r${slot}`;
export const serverOf = (server: number) => `r${server}`;

/** The key under which the map itself says which table it is of. */
const mark = 'table';

/**
 * The routes of the book's table as HAProxy looks them up, one entry for each service: the canary's weight, whether there
 * is a canary, then backend, number and name of the revision for each arm, and the service. Where an arm is missing the
 * other stands in its place, with the weight that sends everybody there.
 */
export function routesMap(book: Book): ReadonlyMap<string, string> {
  const { version, generation, routes } = book.table;
  const entries = routes.flatMap((route): [string, string][] => {
    const service = book.services.find(({ name }) => name === route.service);
    if (service === undefined) return [];
    const line = routeLine(route, (arm) => {
      const revision = book.revisions.find(
        (r) => r.service === service.number && r.revision === arm.revision,
      );
      return revision === undefined ? null : armWords(service.number, revision);
    });
    return line === null ? [] : [[frontendOf(service.number), line]];
  });
  return new Map([[mark, `${version} ${generation}`], ...entries]);
}

function routeLine(route: RouterRoute, wordsOf: (arm: RouterArm) => string | null): string | null {
  const armOf = (role: RouterArm['role']) => route.arms.find((arm) => arm.role === role) ?? null;
  const [canary, stable] = [armOf('canary'), armOf('stable')];
  const first = canary ?? stable;
  const second = stable ?? canary;
  if (first === null || second === null) return null;
  const [firstWords, secondWords] = [wordsOf(first), wordsOf(second)];
  if (firstWords === null || secondWords === null) return null;
  const weight = canary === null ? 0 : stable === null ? whole : Math.round((canary.weight * whole) / 100);
  return [weight, canary === null ? 0 : 1, firstWords, secondWords, route.service].join(' ');
}

const armWords = (service: number, { slot, number, revision }: NumberedRevision) =>
  slot === null ? null : `${slotOf(service, slot)} ${number} ${revision}`;

/** Which table a map read back from HAProxy is of. */
export function tableOf(map: ReadonlyMap<string, string>): {
  readonly version: number;
  readonly generation: number;
} {
  const [version = 0, generation = 0] = (map.get(mark) ?? '0 0').split(' ').map(Number);
  return { version, generation };
}

export const mapText = (map: ReadonlyMap<string, string>): string =>
  [...map].map(([key, value]) => `${key} ${value}\n`).join('');

/**
 * The buckets of latencies as a map of addresses. HAProxy finds the longest prefix of an address in one step, and a
 * number of microseconds is an address to it: each bucket is cut into blocks of a power of two.
 * `boundsMillis`: upper bounds, ascending; one more bucket, without a bound, follows.
 */
export function bucketsMap(boundsMillis: readonly number[]): string {
  const uppers = [...boundsMillis.map((bound) => Math.floor(bound * 1_000)), 2 ** 32 - 1];
  let from = 0;
  const lines = uppers.flatMap((upper, bucket) => {
    const blocks = blocksOf(from, upper);
    from = Math.max(from, upper + 1);
    return blocks.map((block) => `${block} ${bucket}\n`);
  });
  return lines.join('');
}

/** The blocks that together hold exactly the numbers `from` to `to`, as addresses with the length of their prefix. */
function blocksOf(from: number, to: number): string[] {
  const blocks: string[] = [];
  for (let at = from; at <= to; ) {
    let bits = 0;
    while (bits < 32 && at % 2 ** (bits + 1) === 0 && at + 2 ** (bits + 1) - 1 <= to) bits += 1;
    const bytes = [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(at / unit) % 256);
    blocks.push(`${bytes.join('.')}/${32 - bits}`);
    at += 2 ** bits;
  }
  return blocks;
}
