import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fail, ok, type Result } from '#kernel';
import type { RouterTable } from '../contract.ts';
import { codeOf, readIfThere, replaceFile } from '../files.ts';
import type { Log } from '../log.ts';
import { parseTable } from './parse.ts';

const format = 1;
const file = z.object({ format: z.literal(format), table: z.unknown() });

/** Keeps the present table on disk, so that a router that starts anew routes at once. */
export interface TableFile {
  /** Failures: `disk_full`, `disk_failed` (facts: path, reason). */
  save(table: RouterTable): Promise<Result<null>>;
  /** The table last saved; null when there is none. One that cannot be read is kept beside, and said loudly. */
  read(): Promise<RouterTable | null>;
}

export function tableFileIn(folder: string, log: Log): TableFile {
  const path = join(folder, 'table.json');
  return {
    async save(table) {
      try {
        await replaceFile(path, JSON.stringify({ format, table }));
        return ok(null);
      } catch (reason) {
        if (codeOf(reason) === 'ENOSPC') return fail('disk_full', { path });
        return fail('disk_failed', { path, reason: messageOf(reason) });
      }
    },
    async read() {
      let problem: string;
      try {
        const text = await readIfThere(path);
        if (text === null) return null;
        const parsed = parseTable(file.parse(JSON.parse(text)).table);
        if (parsed.ok) return parsed.value;
        problem = String(parsed.error.facts['reason']);
      } catch (reason) {
        problem = messageOf(reason);
      }
      const aside = `${path}.unreadable`;
      log({ event: 'TABLE UNREADABLE, ROUTING NOTHING', path, reason: problem, keptAs: aside });
      await rename(path, aside).catch((reason: unknown) => {
        log({ event: 'unreadable table not set aside', path, reason: messageOf(reason) });
      });
      return null;
    },
  };
}

const messageOf = (reason: unknown) => (reason instanceof Error ? reason.message : String(reason));
