// @ts-check
/** Brings node_modules to what package-lock.json says. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './execute.mjs';
import { findNpm } from './npm.mjs';
import { SetupFailure } from './say.mjs';

/**
 * Runs `npm ci` under the given Node when node_modules is absent or stands for another lockfile. The stamp that
 * remembers the lockfile also tells the launcher that set-up is done.
 * @param {string} root
 * @param {string} nodeFolder holds the Node to run npm under
 * @param {import('./say.mjs').Say} say
 * @param {NodeJS.ProcessEnv} env
 */
export async function ensurePackages(root, nodeFolder, say, env = process.env) {
  if (packagesAreReady(root)) {
    say.detail('packages: found');
  } else {
    say.line('packages: installing (once, about half a minute)…');
    await install(root, nodeFolder, env);
    say.detail('packages: installed');
  }
  mkdirSync(join(root, '.tools'), { recursive: true });
  writeFileSync(stampOf(root), hashOfLock(root));
}

/**
 * True when the stamp fits, and also when somebody ran npm himself and everything the lockfile names is there.
 * @param {string} root
 */
export function packagesAreReady(root) {
  const installed = join(root, 'node_modules', '.package-lock.json'); // npm writes it last
  if (!existsSync(installed)) return false;
  if (existsSync(stampOf(root)) && readFileSync(stampOf(root), 'utf8') === hashOfLock(root)) return true;
  return fits(readPackages(join(root, 'package-lock.json')), readPackages(installed));
}

/**
 * @param {string} root
 * @param {string} nodeFolder
 * @param {NodeJS.ProcessEnv} env
 */
async function install(root, nodeFolder, env) {
  const flags = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const args = [findNpm(env), 'ci', '--prefix', root, ...flags];
  const code = await execute(join(nodeFolder, 'node'), args, {
    cwd: root,
    env: { ...env, PATH: `${nodeFolder}:${env['PATH'] ?? ''}` },
    stdio: ['ignore', 2, 2],
    deadlineMillis: 900_000,
  });
  if (code > 128) throw new SetupFailure('Set-up was interrupted.', code);
  if (code !== 0) {
    throw new SetupFailure(
      `npm could not install the packages (exit code ${code}; its message stands above). Check that the package registry can be reached with "npm ping", then run the same command again.`,
    );
  }
}

/**
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, devOptional?: boolean }} Entry
 * @param {string} file
 * @returns {Record<string, Entry>}
 */
function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/**
 * Optional packages may be missing: most are for other machines.
 * @param {Record<string, Entry>} locked
 * @param {Record<string, Entry>} installed
 */
function fits(locked, installed) {
  return Object.entries(locked)
    .filter(([path]) => path.includes('node_modules/'))
    .every(([path, entry]) => {
      const present = installed[path];
      if (present === undefined) return entry.optional === true || entry.devOptional === true;
      return present.version === entry.version;
    });
}

/** @param {string} root */
const stampOf = (root) => join(root, '.tools', 'packages');

/** @param {string} root */
function hashOfLock(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}
