import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A file that lines are added to, and that begins anew when it is large. */
export interface LogFile {
  /** Adds a line, soon. Never waits and never fails: a disk that is slow or full must not slow down requests. */
  add(line: string): void;
  /** Lines that were lost because the disk did not keep up or failed. */
  lost(): number;
  /** Resolves when all that was added is written. */
  close(): Promise<void>;
}

export interface LogFileOptions {
  readonly file: string;
  /** A file of this size is set aside as `<file>.1`, the one before as `<file>.2` … */
  readonly maxBytes: number;
  /** How many are kept beside the present one. */
  readonly keep: number;
  /** Of several writers of a file one sets it aside; the others notice and go on with the new one. */
  readonly mayRotate: boolean;
  /** Told of the first failure in a row. */
  readonly failed: (reason: string) => void;
}

/** Bytes that may wait for the disk; what comes beyond is lost, and counted. */
const mostWaiting = 4 * 1_048_576;

/** Lines are written in batches: whatever came while the batch before was written. Only the owner may read the file. */
export function openLogFile({ file, maxBytes, keep, mayRotate, failed }: LogFileOptions): LogFile {
  let waiting: string[] = [];
  let waitingBytes = 0;
  let lost = 0;
  let present: Open | null = null;
  let writing: Promise<void> | null = null;
  let hasFailed = false;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      waitingBytes = 0;
      try {
        await append(lines.join(''));
        hasFailed = false;
      } catch (reason) {
        lost += lines.length;
        await present?.handle.close().catch(() => undefined);
        present = null; // the next batch opens it anew
        if (!hasFailed) failed(reason instanceof Error ? reason.message : String(reason));
        hasFailed = true;
      }
    }
  }

  async function append(text: string): Promise<void> {
    const batch = Buffer.from(text);
    present = await still(present);
    const { size } = await present.handle.stat(); // others may write to it too
    if (mayRotate && size > 0 && size + batch.length > maxBytes) {
      await present.handle.close();
      present = null;
      await rotate(file, keep);
      present = await openForAppending(file);
    }
    await present.handle.appendFile(batch);
  }

  /** The open file, unless it was set aside meanwhile, by another writer or by the tools of the system. */
  async function still(open: Open | null): Promise<Open> {
    if (open === null) return openForAppending(file);
    const there = await stat(file).catch(() => null);
    if (there?.ino === open.inode) return open;
    await open.handle.close();
    return openForAppending(file);
  }

  return {
    add(line) {
      if (waitingBytes + line.length > mostWaiting) {
        lost += 1;
        return;
      }
      waiting.push(line);
      waitingBytes += line.length;
      writing ??= write().finally(() => {
        writing = null;
      });
    },
    lost: () => lost,
    async close() {
      while (writing !== null) await writing;
      await present?.handle.close().catch(() => undefined);
      present = null;
    },
  };
}

interface Open {
  readonly handle: FileHandle;
  readonly inode: number;
}

async function openForAppending(file: string): Promise<Open> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a', 0o600);
  return { handle, inode: (await handle.stat()).ino };
}

/** `.2` becomes `.3`, `.1` becomes `.2`, the present one `.1`; what is beyond `keep` goes. */
async function rotate(file: string, keep: number): Promise<void> {
  const folder = dirname(file);
  const prefix = `${basename(file)}.`;
  const numbers = (await readdir(folder))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => b - a);
  for (const number of numbers) {
    const old = join(folder, `${prefix}${number}`);
    if (number >= keep) await rm(old, { force: true });
    else await rename(old, join(folder, `${prefix}${number + 1}`));
  }
  if (keep > 0) await rename(file, `${file}.1`);
  else await rm(file, { force: true });
}
