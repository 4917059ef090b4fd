// @ts-check
/** Gets a real Redis server where that is easy, and says plainly what happens where it is not. */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ line: (text: string) => void, detail: (text: string) => void }} Say */

const POLICY = '/usr/sbin/policy-rc.d';
const HOW =
  'Install the package redis-server or valkey (Debian: apt-get install redis-server; macOS: brew install redis). ' +
  'Until then a server in JavaScript is used: in memory only, for short queues.';

/**
 * Looks for a Valkey or Redis server. Without one, as root on Debian and its kin, Debian's package is installed, without
 * its service. Never fails: where that does not work, the embedded Redis stores use their fall-back.
 * FAIRWAY_INSTALL=no forbids the installation.
 * @param {{ root?: string, say?: Say }} [options]
 * @returns {Promise<'found' | 'installed' | 'fallback'>}
 */
export async function ensureRedis({ say = stderr } = {}) {
  if (isThere()) return 'found';
  if (!mayInstall()) {
    say.line(`No Redis server was found. ${HOW}`);
    return 'fallback';
  }
  say.line('Installing the Debian package redis-server (once, without its service) …');
  const problem = await install();
  if (problem === null && isThere()) return 'installed';
  say.line(`The package redis-server could not be installed: ${problem ?? 'it brought no server'}. ${HOW}`);
  return 'fallback';
}

/** The same places as src/stores/redis/find.ts. */
function isThere() {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/bin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
  return folders
    .filter((folder) => folder.startsWith('/'))
    .some((folder) => ['valkey-server', 'redis-server'].some((name) => isProgram(join(folder, name))));
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mayInstall() {
  const debian = existsSync('/etc/debian_version') && isProgram('/usr/bin/apt-get');
  return debian && process.getuid?.() === 0 && process.env['FAIRWAY_INSTALL'] !== 'no';
}

/** @returns {Promise<string | null>} what went wrong */
async function install() {
  // Stopping apt while it downloads does no harm; stopping it while it unpacks does: that gets a longer limit.
  let problem = await apt(['--download-only', 'install', 'redis-server'], 90);
  if (problem !== null) {
    problem = (await apt(['update'], 90)) ?? (await apt(['--download-only', 'install', 'redis-server'], 90));
  }
  return problem ?? withoutServices(() => apt(['install', 'redis-server'], 180));
}

/**
 * @param {readonly string[]} words
 * @param {number} limit in seconds
 */
function apt(words, limit) {
  const options = ['-q', '-y', '--no-install-recommends'];
  const settings = ['Acquire::Retries=1', 'Acquire::http::Timeout=20', 'DPkg::Lock::Timeout=60'];
  return run(
    '/usr/bin/apt-get',
    [...options, ...settings.flatMap((setting) => ['-o', setting]), ...words],
    limit,
  );
}

/**
 * Debian starts a service when its package is installed, unless policy-rc.d forbids it; and at the next boot, unless it
 * is disabled. We need the program only: a server of the whole machine is not ours to start.
 * @param {() => Promise<string | null>} task
 */
async function withoutServices(task) {
  const giveBack = forbidServices();
  try {
    return await task();
  } finally {
    giveBack();
    await run('systemctl', ['disable', 'redis-server'], 20); // without systemd there is nothing to disable
  }
}

/** @returns {() => void} undoes it; done also when we are ended in between, or no service would start here again */
function forbidServices() {
  if (existsSync(POLICY)) return () => {};
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const remove = () => rmSync(POLICY, { force: true });
  const leave = () => process.exit(130);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  process.once('exit', remove);
  for (const signal of signals) process.once(signal, leave);
  return () => {
    remove();
    process.off('exit', remove);
    for (const signal of signals) process.off(signal, leave);
  };
}

/**
 * Runs a program quietly.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {number} limit in seconds
 * @returns {Promise<string | null>} null when it ended well, otherwise its last line
 */
function run(program, args, limit) {
  return new Promise((resolve) => {
    let output = '';
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: limit * 1_000 });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-4_000);
      });
    }
    child.once('error', (reason) => resolve(reason.message));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(null);
      else if (signal !== null) resolve(`${program} had not ended after ${limit} s`);
      else resolve(output.trimEnd().split('\n').at(-1) ?? `${program} ended with ${code}`);
    });
  });
}

const stderr = {
  line: (/** @type {string} */ text) => void process.stderr.write(`${text}\n`),
  detail: () => {},
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${await ensureRedis()}\n`);
}
