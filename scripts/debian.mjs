// @ts-check
/** Debian packages of which only the programs are wanted, never the services they come with. */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Whether one of the programs is on PATH or in a usual place.
 * @param {readonly string[]} names
 */
export function isThere(names) {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/bin',
    '/usr/sbin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
  return folders
    .filter((folder) => folder.startsWith('/'))
    .some((folder) => names.some((name) => isProgram(join(folder, name))));
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

/** As root on Debian and its kin, unless FAIRWAY_INSTALL=no forbids it. */
export function mayInstall() {
  const debian = existsSync('/etc/debian_version') && isProgram('/usr/bin/apt-get');
  return debian && process.getuid?.() === 0 && process.env['FAIRWAY_INSTALL'] !== 'no';
}

/**
 * Installs a package without starting its service.
 * @param {string} name
 * @returns {Promise<string | null>} what went wrong
 */
export async function installPackage(name) {
  // Stopping apt while it downloads does no harm; stopping it while it unpacks does: that gets a longer limit.
  let problem = await apt(['--download-only', 'install', name], 90);
  if (problem !== null) {
    problem = (await apt(['update'], 90)) ?? (await apt(['--download-only', 'install', name], 90));
  }
  return problem ?? withoutService(name, () => apt(['install', name], 180));
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
 * @param {string} service
 * @param {() => Promise<string | null>} task
 */
async function withoutService(service, task) {
  const giveBack = forbidServices();
  try {
    return await task();
  } finally {
    giveBack();
    await run('systemctl', ['disable', service], 20); // without systemd there is nothing to disable
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
