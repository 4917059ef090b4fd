import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

/** Memory in bytes that each process group holds (resident set, shared pages counted in every process). */
export async function memoryByGroup(): Promise<ReadonlyMap<number, number>> {
  const rows = process.platform === 'linux' ? await rowsOnLinux() : await rowsByPs();
  const sums = new Map<number, number>();
  for (const { group, bytes } of rows) sums.set(group, (sums.get(group) ?? 0) + bytes);
  return sums;
}

interface Row {
  readonly group: number;
  readonly bytes: number;
}

/** Read from /proc/PID/status, which gives kibibytes whatever the size of a page is. */
async function rowsOnLinux(): Promise<Row[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(
    names.map(async (pid): Promise<Row[]> => {
      const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => ''); // it may have ended
      const group = /^NSpgid:\s+(\d+)/m.exec(status)?.[1];
      const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
      if (group === undefined || kibibytes === undefined) return [];
      return [{ group: Number(group), bytes: Number(kibibytes) * 1_024 }];
    }),
  );
  return rows.flat();
}

function rowsByPs(): Promise<Row[]> {
  return new Promise((resolve) => {
    execFile('ps', ['-axo', 'pgid=,rss='], { timeout: 2_000 }, (reason, text) => {
      if (reason !== null) return resolve([]);
      const rows = text.trim().split('\n');
      return resolve(
        rows.map((row) => {
          const [group, kibibytes] = row.trim().split(/\s+/).map(Number);
          return { group: group ?? 0, bytes: (kibibytes ?? 0) * 1_024 };
        }),
      );
    });
  });
}
