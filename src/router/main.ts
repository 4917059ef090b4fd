import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Clock, describeFailure, type Failure, instant, type Random } from '#kernel';
import { identify } from '#process';
import { portOf, startAdmin } from './admin/server.ts';
import { tokenIn } from './admin/token.ts';
import type { LogFacts } from './log.ts';
import { createRouter } from './router.ts';
import { lockFolder, readRecord, writeRecord } from './state-folder.ts';
import { tableFileIn } from './table/file.ts';

/** `node main.ts --state-folder DIR`: routes by the table in DIR, and by what the control plane says, until SIGTERM. */
async function main(): Promise<void> {
  process.on('SIGHUP', () => log({ event: 'hangup ignored' }));
  process.on('uncaughtException', (reason) => {
    log({ event: 'uncaught error', reason: reason instanceof Error ? (reason.stack ?? '') : String(reason) });
    process.exit(1);
  });
  const folder = readArguments();
  if (folder === null) return giveUp('usage: main.ts --state-folder DIR', 2);
  const lock = lockFolder(folder);
  if (!lock.ok)
    return giveUp(sentenceOf(lock.error), lock.error.code === 'router_folder_locked' ? lockedExit : 1);

  const tables = tableFileIn(folder, log);
  const epoch = randomBytes(8).toString('hex');
  const router = createRouter({ epoch, clock, random, log, save: (table) => tables.save(table) });
  const last = await tables.read();
  if (last !== null) await router.restore(last);

  const health = { pid: process.pid, epoch };
  const adminPort = (await readRecord(folder))?.adminPort ?? null;
  const admin = await startAdmin({ router, token: await tokenIn(folder), health, log }, adminPort);
  const started = identify(process.pid)?.started ?? '';
  await writeRecord(folder, { pid: process.pid, started, adminPort: portOf(admin) });
  log({ event: 'router serving', epoch, adminPort: portOf(admin), version: router.state().version });

  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    log({ event: 'router stopping' });
    admin.close();
    void router.close(stopMillis).then(() => {
      log({ event: 'router stopped' });
      lock.value.release();
      process.exit(0);
    });
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

/** How long requests in flight may take at the end. */
const stopMillis = 10_000;
/** Tells whoever started this process that another router serves the folder. */
const lockedExit = 3;

const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (length, signal) =>
    wait(length, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};

/** Chance from the system, drawn in blocks: each request needs some for its ids. */
const random: Random = (() => {
  let block = randomBytes(4_096);
  let at = 0;
  return () => {
    if (at === block.length) [block, at] = [randomBytes(4_096), 0];
    at += 4;
    return block.readUInt32LE(at - 4) / 4_294_967_296;
  };
})();

function log(facts: LogFacts): void {
  process.stdout.write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), ...facts })}\n`);
}

function readArguments(): string | null {
  try {
    return parseArgs({ options: { 'state-folder': { type: 'string' } } }).values['state-folder'] ?? null;
  } catch {
    return null; // an option that is not known
  }
}

const sentenceOf = (failure: Failure) => describeFailure(failure).sentence;

function giveUp(sentence: string, exit: number): void {
  log({ event: 'router not started', reason: sentence });
  process.exitCode = exit;
}

await main();
