import { createHash, randomUUID } from 'node:crypto';

export { memoryStore } from './idempotency/memory.ts';
export { idempotencyTable, postgresStore } from './idempotency/postgres.ts';
export { redisStore } from './idempotency/redis.ts';

/** What is answered again, byte for byte, when the key comes back. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a store knows of a key. `print` is the fingerprint of the request that came with it. */
export type Claim =
  | { readonly state: 'claimed' }
  | { readonly state: 'running'; readonly print: string }
  | { readonly state: 'done'; readonly print: string; readonly answer: KeptAnswer };

/** Where the keys are. Each of its steps is atomic. Times in milliseconds. */
export interface IdempotencyStore {
  /** Takes the key for `holder` when nobody has it, for as long as the lease lasts; otherwise tells what is there. */
  claim(key: string, request: { holder: string; print: string; lease: number }): Promise<Claim>;
  /** Keeps the answer, if `holder` still has the key; false otherwise. */
  finish(key: string, holder: string, kept: { answer: KeptAnswer; keep: number }): Promise<boolean>;
  /** Gives the key back without an answer, if `holder` still has it. */
  release(key: string, holder: string): Promise<void>;
}

export interface IdempotentRequest {
  /** Whose key it is: the same key of another owner is another key. */
  readonly owner: string;
  /** The header Idempotency-Key. */
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | Uint8Array;
}

export type Idempotent =
  | { readonly ok: true; readonly answer: KeptAnswer; readonly replayed: boolean }
  | {
      readonly ok: false;
      readonly status: 409 | 422;
      readonly code: 'idempotency_in_flight' | 'idempotency_other_request';
      readonly sentence: string;
    };

export interface Idempotency {
  /**
   * Does `work` once for each key and gives its answer to all requests with it. When `work` rejects, or answers with what
   * is not kept, the key is free again. Rejects as `work` does, and when the store fails before it.
   */
  run(request: IdempotentRequest, work: () => Promise<KeptAnswer>): Promise<Idempotent>;
}

export interface IdempotencyOptions {
  readonly store: IdempotencyStore;
  /** How long an answer is given again, in milliseconds. */
  readonly keep?: number;
  /**
   * How long a key stays taken when its process dies within the work, in milliseconds. Longer than a request may take:
   * afterwards the work can be done a second time.
   */
  readonly lease?: number;
  /** Which answers are kept. An error of the server is not, nor what says to try again: the next attempt may do better. */
  readonly keeps?: (answer: KeptAnswer) => boolean;
}

/** Idempotency-Key: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
export function createIdempotency(options: IdempotencyOptions): Idempotency {
  const { store, keep = 24 * 3_600_000, lease = 90_000, keeps = isFinal } = options;

  return {
    async run({ owner, key, method, path, body }, work) {
      const place = hash(JSON.stringify([owner, key]));
      const print = hash(JSON.stringify([method.toUpperCase(), path]), body);
      const holder = randomUUID();
      const claim = await store.claim(place, { holder, print, lease });
      if (claim.state !== 'claimed' && claim.print !== print) return otherRequest;
      if (claim.state === 'running') return inFlight;
      if (claim.state === 'done') return { ok: true, answer: claim.answer, replayed: true };

      let isKept = false;
      try {
        const answer = await work();
        isKept = keeps(answer);
        // From here on the effect is there: a store that fails now must not turn its answer into an error.
        if (isKept) await store.finish(place, holder, { answer, keep }).catch(() => false);
        return { ok: true, answer, replayed: false };
      } finally {
        if (!isKept) await store.release(place, holder).catch(() => undefined); // the lease ends by itself
      }
    },
  };
}

/** 408, 425 and 429 say: the same again, later. */
const isFinal = ({ status }: KeptAnswer): boolean => status < 500 && ![408, 425, 429].includes(status);

const inFlight = {
  ok: false,
  status: 409,
  code: 'idempotency_in_flight',
  sentence: 'A request with this Idempotency-Key is still being worked on. Try again in a moment.',
} as const satisfies Idempotent;

const otherRequest = {
  ok: false,
  status: 422,
  code: 'idempotency_other_request',
  sentence: 'This Idempotency-Key came with another request before. Use a new key for a new request.',
} as const satisfies Idempotent;

/** The same length for all keys, and nothing of the owner can be read from it. */
const hash = (...parts: readonly (string | Uint8Array)[]): string => {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part).update('\0');
  return sum.digest('hex');
};
