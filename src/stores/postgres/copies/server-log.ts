import { open } from 'node:fs/promises';
import { join } from 'node:path';

const TAIL = 65_536;

/** A line of the server's log without time and process: `ERROR:  could not …`. */
const COMPLAINT = /^\S+ \S+ \S+ \[\d+\] (ERROR|WARNING|FATAL|PANIC): +(.*)$/;

/** What the server of a store has last complained of, in its own words, in a line that matches; null: nothing of late. */
export async function lastComplaint(folder: string, about: RegExp): Promise<string | null> {
  const lines = (await tailOf(join(folder, 'server.log'))).split('\n');
  const found = lines.findLast((line) => COMPLAINT.test(line) && about.test(line));
  return found === undefined ? null : (COMPLAINT.exec(found)?.[2] ?? null);
}

async function tailOf(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const tail = Buffer.alloc(Math.min(size, TAIL));
      await file.read(tail, 0, tail.length, size - tail.length);
      return tail.toString('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return ''; // nothing was said yet
  }
}
