import { basename, join } from 'node:path';
import { fail, ok, type Result } from '#kernel';
import {
  type Access,
  type Home,
  type Launch,
  ownProgram,
  replaceFile,
  type ServerKind,
} from '../supervisor/index.ts';
import { askRedis } from './ask.ts';
import { EVICTION_POLICIES, type RedisSpec, redisConfiguration } from './configuration.ts';
import { findRedisServer } from './find.ts';

const FALLBACK = join(import.meta.dirname, 'fallback', 'main.ts');
const FALLBACK_PACKAGES = ['js-redis-server', 'lua-redis-wasm'];

/**
 * A Redis store: the machine's Valkey or Redis server, or else a server in JavaScript that keeps nothing, with a note
 * that says so. `program` undefined: looked for; null: the fall-back. Failure when it is prepared:
 * `redis_policy_unknown` (facts: store, policy, known).
 */
export function redisKind(spec: RedisSpec, program: string | null | undefined): ServerKind {
  return {
    spec,
    // Debian's redis-server is a link to redis-check-rdb: one file with several names.
    programs: [
      'valkey-server',
      'redis-server',
      'redis-check-rdb',
      'redis-check-aof',
      basename(process.execPath),
    ],
    stopSignals: ['SIGTERM'],
    ask: ({ port, secret }) => askRedis(port, secret),
    complete: async () => ok(null),
    binding: ({ port, secret }) => ({
      env: { URL: `redis://:${secret}@127.0.0.1:${port}/0` },
      secret: ['URL'],
      address: `redis 127.0.0.1:${port}`,
    }),
    prepare: async (home, access) => {
      if (!EVICTION_POLICIES.includes(spec.evictionPolicy)) {
        const known = EVICTION_POLICIES.join(', ');
        return fail('redis_policy_unknown', { store: spec.name, policy: spec.evictionPolicy, known });
      }
      const server = program === undefined ? findRedisServer(home.user) : program;
      return server === null ? prepareFallback(home, access) : prepareServer(spec, server, home, access);
    },
  };
}

async function prepareServer(
  spec: RedisSpec,
  server: string,
  home: Home,
  { port, secret }: Access,
): Promise<Result<Launch>> {
  const configuration = join(home.path, 'redis.conf');
  await replaceFile(configuration, redisConfiguration(spec, port, secret), home.user);
  return ok({ command: [server, configuration], note: null });
}

async function prepareFallback(home: Home, { port, secret }: Access): Promise<Result<Launch>> {
  await replaceFile(join(home.path, 'password'), `${secret}\n`, home.user);
  const program = await ownProgram(home.user, FALLBACK, FALLBACK_PACKAGES);
  if (!program.ok) return program;
  return ok({
    command: [...program.value, '--folder', home.path, '--port', String(port)],
    note: 'in memory only, not durable: install redis-server',
  });
}
