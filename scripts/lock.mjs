// @ts-check
/** Lets one set-up at a time work in a clone. */
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SetupFailure } from './say.mjs';

const patienceMillis = 1_200_000;

/**
 * Runs `work` while no other process holds the lock. The lock of a process that has died is taken over.
 * @template T
 * @param {string} file
 * @param {import('./say.mjs').Say} say
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(file, say, work) {
  mkdirSync(dirname(file), { recursive: true });
  const until = Date.now() + patienceMillis;
  let told = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder === null) continue;
    if (!isAlive(holder)) {
      removeStale(file, holder);
    } else if (Date.now() > until) {
      throw new SetupFailure(
        `Another set-up (process ${holder}) has held ${file} for too long. End that process, then run the same command again.`,
      );
    } else {
      if (!told) say.line(`another set-up is running here (process ${holder}): waiting…`);
      told = true;
    }
    await wait(200);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (reason) {
    if (codeOf(reason) === 'EEXIST') return false;
    throw new SetupFailure(
      `${file} could not be written (${codeOf(reason) ?? 'no reason given'}). Set-up needs to write into the clone: check who owns it.`,
    );
  }
}

/**
 * @param {string} file
 * @returns {number | null} null when it is gone or still being written
 */
function holderOf(file) {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || null;
  } catch {
    return null; // released a moment ago
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (reason) {
    return codeOf(reason) === 'EPERM'; // alive, and somebody else's
  }
}

/**
 * Two waiters may see the same dead holder; the folder lets only one of them remove the lock, after a second look.
 * @param {string} file
 * @param {number} holder
 */
function removeStale(file, holder) {
  const guard = `${file}.takeover`;
  try {
    mkdirSync(guard);
  } catch {
    return; // another waiter is doing it
  }
  try {
    if (holderOf(file) === holder) rmSync(file, { force: true });
  } finally {
    rmdirSync(guard);
  }
}

/** @param {unknown} reason */
const codeOf = (reason) => /** @type {NodeJS.ErrnoException} */ (reason).code;
