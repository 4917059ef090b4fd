import { createHash } from 'node:crypto';

/** How fast a bucket fills, and how much it holds. */
export interface Filling {
  /** Requests that may come at once. */
  readonly burst: number;
  /** Time after which one further request is let through. */
  readonly perRequestMillis: number;
}

export interface Taken {
  readonly isAllowed: boolean;
  /** Requests that are left now. */
  readonly left: number;
  /** How long until the next one is let through; 0 when one is left. */
  readonly waitMillis: number;
  /** How long until the bucket is full again. */
  readonly fullMillis: number;
}

/** Token buckets by name; safe to be used by several threads at once where it says so. */
export interface BucketStore {
  take(name: string, filling: Filling, now: number): Taken;
}

/** Slots that a name may be in. */
const ways = 8;
/** Two words of a slot: whose it is, and when its bucket will be full again. */
const words = 2;

/** Memory for so many buckets (a multiple of 8). Give it to other threads to share the buckets. */
export const bucketMemory = (slots: number): SharedArrayBuffer =>
  new SharedArrayBuffer(Math.max(1, Math.ceil(slots / ways)) * ways * words * 8);

/**
 * Buckets in a fixed amount of shared memory, without locks. A bucket is one number, the time at which it will be full
 * again (the generic cell rate algorithm, ITU-T I.371, annex A), so that a single compare-and-exchange takes from it. When
 * the eight slots of a name are taken, the one that is fullest goes: one that is full says no more than one that is not there.
 * Names are kept as keyed hashes: `secret` (any text, the same in all threads) keeps callers from choosing names that
 * fall together.
 */
export function createBuckets(memory: SharedArrayBuffer, secret: string): BucketStore {
  const cells = new BigInt64Array(memory);
  const groups = cells.length / (ways * words);
  return {
    take(name, filling, now) {
      const hash = createHash('sha256').update(secret).update('\0').update(name).digest();
      const mark = hash.readBigInt64LE(0) | 1n; // never 0, which is an empty slot
      const group = (hash.readUInt32LE(8) % groups) * ways * words;
      return takeFrom(cells, slotOf(cells, group, mark), filling, now);
    },
  };
}

function slotOf(cells: BigInt64Array, group: number, mark: bigint): number {
  let fullest = group;
  let least: bigint | null = null;
  for (let way = 0; way < ways; way += 1) {
    const slot = group + way * words;
    const owner = Atomics.load(cells, slot);
    if (owner === mark) return slot;
    const full = owner === 0n ? -1n : Atomics.load(cells, slot + 1);
    if (least === null || full < least) [fullest, least] = [slot, full];
  }
  // Another thread may do the same at once: then one of the two callers is counted for the other, once.
  Atomics.store(cells, fullest, mark);
  Atomics.store(cells, fullest + 1, 0n);
  return fullest;
}

/** Microseconds, in which even a million requests per second are told apart. */
function takeFrom(
  cells: BigInt64Array,
  slot: number,
  { burst, perRequestMillis }: Filling,
  nowMillis: number,
): Taken {
  const now = BigInt(Math.round(nowMillis * 1_000));
  const step = BigInt(Math.max(1, Math.round(perRequestMillis * 1_000)));
  const room = step * BigInt(burst);
  for (;;) {
    const held = Atomics.load(cells, slot + 1);
    // Further ahead than an empty bucket can be: the clock was set back, and the bucket begins anew.
    const full = held < now || held - now > room ? now : held;
    const next = full + step;
    if (next - now > room) {
      return told({ isAllowed: false, full, now, step, room, wait: next - now - room });
    }
    if (Atomics.compareExchange(cells, slot + 1, held, next) === held)
      return told({ isAllowed: true, full: next, now, step, room, wait: 0n });
  }
}

function told(facts: {
  isAllowed: boolean;
  full: bigint;
  now: bigint;
  step: bigint;
  room: bigint;
  wait: bigint;
}): Taken {
  const { isAllowed, full, now, step, room, wait } = facts;
  const left = Number((room - (full - now)) / step);
  return {
    isAllowed,
    left: isAllowed ? left : 0,
    waitMillis: Number(wait) / 1_000,
    fullMillis: Number(full - now) / 1_000,
  };
}
