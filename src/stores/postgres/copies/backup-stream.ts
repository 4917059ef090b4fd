import type { Socket } from 'node:net';
import type { Submittable } from 'pg';
import type { Content } from '#ports';
import { positionOf } from './pieces.ts';

/** What the server says of a base backup besides the data. */
export interface BackupFacts {
  readonly startLsn: string;
  readonly stopLsn: string;
  readonly timeline: number;
}

/** A part of the backup, and its bytes; the next part begins when these were taken. */
export interface BackupPart {
  readonly name: string;
  readonly content: Content;
}

/** A base backup that runs. */
export interface BackupStream {
  /** To be given to the client; it begins then. */
  readonly query: Submittable;
  /** Throws what the server says when it cannot go on. */
  parts(): AsyncGenerator<BackupPart>;
  /** Null until all parts were taken. */
  facts(): BackupFacts | null;
  /** Of `parts`, bytes so far, and the server's estimate of all; null before it has made one. */
  progress(): { readonly done: number; readonly of: number | null };
  /** Whether the server is expected to say something: false while what it said waits to be taken. */
  isListening(): boolean;
  /** Counts what the server has said. */
  heard(): number;
}

type Said =
  | { readonly kind: 'part'; readonly name: string }
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly reason: Error };

/** The server is not read any further while more than this waits to be taken. */
const MOST_WAITING = 4 * 1_048_576;

/**
 * Speaks the server's BASE_BACKUP (PostgreSQL 15 and later, "Streaming Replication Protocol" in its manual): two sets of
 * rows (where the log begins; the tablespaces), a copy of messages that begin with a letter (`n` a new archive, `m` the
 * manifest, `d` data, `p` progress), a set of rows again (where the log ends).
 */
export function backupStream(command: string, socket: Socket): BackupStream {
  const said: Said[] = [];
  const rows: string[][] = [];
  let [waiting, done, heard] = [0, 0, 0];
  let [sets, estimate]: [number, number | null] = [0, null];
  let wake = () => {};
  const say = (one: Said) => {
    said.push(one);
    wake();
  };
  const hear = (message: Buffer) => {
    heard += 1;
    switch (String.fromCharCode(message[0] ?? 0)) {
      case 'n':
        return say({ kind: 'part', name: textAt(message, 1) });
      case 'm':
        return say({ kind: 'part', name: 'backup_manifest' });
      case 'd': {
        waiting += message.length - 1;
        if (waiting > MOST_WAITING) socket.pause();
        return say({ kind: 'data', bytes: Buffer.from(message.subarray(1)) }); // the client uses its buffer again
      }
    }
  };
  const query = {
    submit: (connection: { query(text: string): void }) => connection.query(command),
    handleRowDescription: () => void (sets += 1),
    handleDataRow({ fields }: { fields: string[] }) {
      heard += 1;
      if (sets === 2) estimate = (estimate ?? 0) + Number(fields[2] ?? 0) * 1_024;
      else rows.push(fields);
    },
    handleCopyData: ({ chunk }: { chunk: Buffer }) => hear(chunk),
    handleCommandComplete: () => {},
    handleReadyForQuery: () => say({ kind: 'end' }),
    handleError: (reason: Error) => say({ kind: 'failed', reason }),
  };
  const next = async (): Promise<Said> => {
    while (said.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    const [one] = said;
    if (one === undefined || one.kind === 'failed') throw one?.reason ?? new Error('it ended');
    return one;
  };
  const take = (bytes: Buffer) => {
    said.shift();
    waiting -= bytes.length;
    done += bytes.length;
    if (waiting <= MOST_WAITING / 4) socket.resume();
  };
  async function* contentOf(): Content {
    for (let one = await next(); one.kind === 'data'; one = await next()) {
      take(one.bytes);
      yield one.bytes;
    }
  }
  return {
    query,
    async *parts() {
      for (let one = await next(); one.kind !== 'end'; one = await next()) {
        if (one.kind === 'data') take(one.bytes);
        else said.shift();
        if (one.kind === 'part') yield { name: one.name, content: contentOf() };
      }
    },
    facts() {
      const [start, stop] = rows;
      if (start?.[0] === undefined || stop?.[0] === undefined) return null;
      return { startLsn: start[0], stopLsn: stop[0], timeline: Number(start[1]) };
    },
    progress: () => ({ done, of: estimate }),
    isListening: () => waiting <= MOST_WAITING,
    heard: () => heard,
  };
}

const textAt = (message: Buffer, from: number) => message.toString('utf8', from, message.indexOf(0, from));

/** The last byte of the log that a backup holds. */
export const lastPosition = ({ stopLsn }: BackupFacts) => positionOf(stopLsn) - 1n;
