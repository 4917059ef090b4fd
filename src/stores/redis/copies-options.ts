import type { Clock } from '#kernel';
import type { RedisSpec } from './configuration.ts';

export interface RedisCopiesOptions {
  readonly spec: RedisSpec;
  /** Of the store; absolute. */
  readonly folder: string;
  readonly clock: Clock;
  /** The Redis or Valkey server to restore with; absent: looked for; null: there is none. */
  readonly redisServer?: string | null;
}
