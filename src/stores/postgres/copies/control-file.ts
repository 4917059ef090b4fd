import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** What a data folder says of itself while nothing serves it. */
export interface ControlFile {
  readonly systemId: string;
  /** Stopped in order: what it says is the last word. */
  readonly isClean: boolean;
  readonly timeline: number;
  /** The number the next transaction gets, as of the last checkpoint; 64 bits. */
  readonly nextTransaction: bigint;
}

const SHUT_DOWN = 1; // DB_SHUTDOWNED

/** Reads global/pg_control (ControlFileData in PostgreSQL's pg_control.h, version 1800); null where there is none. */
export async function readControlFile(data: string): Promise<ControlFile | null> {
  try {
    const path = join(data, 'global', 'pg_control');
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(128);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      if (bytesRead < bytes.length) return null;
      return {
        systemId: bytes.readBigUInt64LE(0).toString(),
        isClean: bytes.readInt32LE(16) === SHUT_DOWN,
        timeline: bytes.readUInt32LE(48),
        nextTransaction: bytes.readBigUInt64LE(64),
      };
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
