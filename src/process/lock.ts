import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fail, ok, type Result } from '#kernel';
import { identify, isRunning, type ProcessIdentity } from './identity.ts';

/**
 * Takes a lock file for this process; the value gives it back. The file holds who took it, so that one whose process is
 * gone is no lock: it is moved aside, which only one of several newcomers can do. Failures: `lock_taken` (facts: pid),
 * `lock_not_writable` (facts: file, reason).
 */
export function takeLock(file: string): Result<() => void> {
  const own = JSON.stringify(identify(process.pid));
  for (let tries = 0; tries < 10; tries++) {
    try {
      createWhole(file, own);
      return ok(() => giveBack(file, own));
    } catch (reason) {
      const { code, message } = reason as NodeJS.ErrnoException;
      if (code !== 'EEXIST') return fail('lock_not_writable', { file, reason: message });
      const holder = holderOf(file);
      if (holder !== null && isRunning(holder)) return fail('lock_taken', { pid: holder.pid });
      moveAside(file);
    }
  }
  return fail('lock_taken', { pid: null });
}

/** Linked into place when it is written: nobody can read a lock that has its name but not yet its holder. */
function createWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.new`;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    linkSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function giveBack(file: string, own: string): void {
  try {
    if (readFileSync(file, 'utf8') === own) rmSync(file, { force: true });
  } catch {
    // somebody removed it: nothing is left to give back
  }
}

function holderOf(file: string): ProcessIdentity | null {
  try {
    const { pid, started } = JSON.parse(readFileSync(file, 'utf8')) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : null;
  } catch {
    return null; // just removed, or cut off by a full disk
  }
}

function moveAside(file: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch {
    // another newcomer was quicker
  }
}
