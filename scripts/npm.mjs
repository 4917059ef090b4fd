// @ts-check
/** Finds npm as a script, so that it can be run under a Node of our choice. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SetupFailure } from './say.mjs';

const oldest = 9;

/**
 * The path of npm-cli.js. Throws a `SetupFailure` when there is none or it is too old to read our lockfile.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string}
 */
export function findNpm(env) {
  const scripts = candidates(env).filter((script) => existsSync(script));
  const script = scripts.find((found) => majorOf(found) >= oldest);
  if (script !== undefined) return script;
  const place = scripts[0];
  throw new SetupFailure(
    place === undefined
      ? 'npm was not found on PATH. Install Node 20 or newer with npm (https://nodejs.org), then run the same command again.'
      : `npm at ${place} is version ${majorOf(place)}; version ${oldest} or newer is needed. Update it with "npm install --global npm@latest", then run the same command again.`,
  );
}

/**
 * npm names itself to the scripts it runs; else it is looked for on PATH, beside this Node, and where Debian puts it.
 * @param {NodeJS.ProcessEnv} env
 */
function candidates(env) {
  const named = env['npm_execpath'];
  const onPath = (env['PATH'] ?? '')
    .split(':')
    .filter(Boolean)
    .map((folder) => join(folder, 'npm'));
  const links = onPath.filter((file) => existsSync(file)).map((file) => realpathSync(file));
  const homes = [...links.map(dirname), dirname(process.execPath)];
  return [
    ...[named ?? '', ...links].filter((file) => basename(file) === 'npm-cli.js'),
    ...homes.map((folder) => join(folder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')),
    '/usr/share/nodejs/npm/bin/npm-cli.js',
  ];
}

/** @param {string} script */
function majorOf(script) {
  const { version } = JSON.parse(readFileSync(join(dirname(script), '..', 'package.json'), 'utf8'));
  return Number.parseInt(version, 10);
}
