import { ok } from '#kernel';
import type { StoreCopies } from '#ports';
import { examineRedis } from './copies-examine.ts';
import type { RedisCopiesOptions } from './copies-options.ts';
import { restoreRedis } from './copies-restore.ts';
import { copyRedis } from './copies-take.ts';

/** Copies of a Redis store: its own snapshots (RDB). It keeps no log that could be replayed to a moment. */
export function redisCopies(options: RedisCopiesOptions): StoreCopies {
  return {
    spec: options.spec,
    copy: (sink, signal, progress) => copyRedis(options, sink, signal, progress),
    restore: (request) => restoreRedis(options, request),
    examine: (ask) => examineRedis(options.spec.name, ask),
    lost: async () =>
      ok({
        transactions: null,
        exact: false,
        detail: 'Redis does not count its writes: all of them since the copy was made are lost',
      }),
    log: null,
    pulse: null,
  };
}
