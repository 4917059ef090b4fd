import type { Result } from '#kernel';
import type { Content } from '#ports';

/** What was written, as it was read back. */
export interface Written {
  /** Before compression and encryption. */
  readonly bytes: number;
  /** As stored. */
  readonly stored: number;
  /** SHA-256 (hex) of what is stored. */
  readonly sha256: string;
}

export interface Listed {
  /** Below the repository's root, with `/` between its segments. */
  readonly path: string;
  readonly stored: number;
}

/** Raw bytes at a path: a folder of this machine, or a bucket that speaks S3. Nothing there is ever written over. */
export interface Depot {
  /** Shown to people: no credentials. */
  readonly shown: string;
  /** Whether it outlives this machine's disk as far as its address tells. */
  readonly isOffSite: boolean;
  /** Resolves when it is durable. Failures: `backup_place_full`, `backup_place_unreachable`, `backup_exists`. */
  put(path: string, content: Content, signal: AbortSignal): Promise<Result<null>>;
  /** Throws `Thrown` with `backup_part_missing` or `backup_place_unreachable`. */
  get(path: string, signal: AbortSignal): Content;
  list(prefix: string, signal: AbortSignal): Promise<Result<readonly Listed[]>>;
  /** Idempotent. */
  remove(path: string, signal: AbortSignal): Promise<Result<null>>;
}

/** Content at a path, compressed (zstd) and encrypted (age): `age -d | zstd -d` brings it back without Fairway. */
export interface Repository {
  readonly depot: Depot;
  /** `age1…`: to whom everything is encrypted; may be shown. */
  readonly recipient: string;
  /** Compresses, encrypts, stores, reads all of it back and compares. Failures: those of the depot, `backup_not_read_back`. */
  write(path: string, content: Content, signal: AbortSignal): Promise<Result<Written>>;
  /**
   * Like `write`, for content that is in memory: `pathOf` makes the path from the size and checksum of what is stored, so
   * that the name says what must lie there.
   */
  writeNamed(
    pathOf: (written: Written) => string,
    content: Uint8Array,
    signal: AbortSignal,
  ): Promise<Result<Written>>;
  /**
   * The content again. Throws `Thrown` with `backup_part_missing`, `backup_part_damaged` (facts: path, place, reason: it is
   * shorter, its checksum differs, …) or `backup_wrong_key`, at the latest at its end.
   */
  read(path: string, expected: Pick<Written, 'stored' | 'sha256'>, signal: AbortSignal): Content;
  /** Small documents that anybody may read: stored as JSON with their own checksum, not encrypted. */
  writeDocument(path: string, value: unknown, signal: AbortSignal): Promise<Result<null>>;
  readDocument(path: string, signal: AbortSignal): Promise<Result<unknown>>;
}

/** The key that opens every copy: an age identity in a file that only its owner may read. */
export interface RecoveryKey {
  /** `AGE-SECRET-KEY-1…`; never shown. */
  readonly identity: string;
  /** `age1…`; may be shown. */
  readonly recipient: string;
}
