// @ts-check
/** Brings the Node that Fairway is written for, whatever Node runs this. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { execute } from './execute.mjs';
import { findNpm } from './npm.mjs';
import { SetupFailure } from './say.mjs';

/** The version that is installed; a newer one of the same major does as well. */
export const wanted = '24.21.0';
const shipped = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']);

/**
 * Finds Node 24 (this process, `.tools/`, PATH) or installs it into `.tools/node24`, and points `.tools/bin/node` at
 * it. Returns the folder to put first on PATH.
 * @param {string} root
 * @param {import('./say.mjs').Say} say
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>}
 */
export async function ensureNode24(root, say, env = process.env) {
  const own = join(root, '.tools', 'node24', 'bin', 'node');
  const found = [process.execPath, own, ...nodesOnPath(env)].find(suits);
  if (found === undefined) await install(root, own, say, env);
  say.detail(`Node 24: ${found === undefined ? 'installed' : 'found'}`);
  return pointAt(root, found ?? own);
}

/** @param {NodeJS.ProcessEnv} env */
function nodesOnPath(env) {
  const files = (env['PATH'] ?? '')
    .split(':')
    .filter(Boolean)
    .map((folder) => join(folder, 'node'));
  return [...new Set(files.filter((file) => existsSync(file)).map((file) => realpathSync(file)))];
}

/**
 * Whether this program is a Node of the wanted major, not older than the wanted version.
 * @param {string} program
 */
function suits(program) {
  const [major = 0, minor = 0] = versionOf(program);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major === wantedMajor && minor >= wantedMinor;
}

/**
 * @param {string} program
 * @returns {number[]} empty when it does not run
 */
function versionOf(program) {
  if (program === process.execPath) return process.versions.node.split('.').map(Number);
  if (!existsSync(program)) return [];
  try {
    const text = execFileSync(program, ['--version'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text.trim().slice(1).split('.').map(Number);
  } catch {
    return []; // not a Node, or one for another machine
  }
}

/**
 * Installs beside the final place and moves it there in one step, so that a half-installed Node is never found.
 * @param {string} root
 * @param {string} own
 * @param {import('./say.mjs').Say} say
 * @param {NodeJS.ProcessEnv} env
 */
async function install(root, own, say, env) {
  const platform = `${process.platform}-${process.arch}`;
  if (!shipped.has(platform)) {
    throw new SetupFailure(
      `There is no Node ${wanted} package for ${platform}. Install Node 24 (https://nodejs.org), put it first on PATH and run the same command again.`,
    );
  }
  say.line(`Node 24: installing ${wanted} into .tools (once, about 10 s)…`);
  const tools = join(root, '.tools');
  mkdirSync(tools, { recursive: true });
  const workshop = mkdtempSync(join(tools, 'node24-'));
  try {
    const flags = [
      '--no-save',
      '--no-package-lock',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ];
    const args = [findNpm(env), 'install', '--prefix', workshop, ...flags, `node-${platform}@${wanted}`];
    const code = await execute(process.execPath, args, {
      cwd: workshop,
      env,
      stdio: ['ignore', 2, 2],
      deadlineMillis: 600_000,
    });
    if (code > 128) throw new SetupFailure('Set-up was interrupted.', code);
    if (code !== 0) {
      throw new SetupFailure(
        `npm could not install Node ${wanted} (exit code ${code}; its message stands above). Check that the package registry can be reached with "npm ping", or put a Node 24 on PATH yourself, then run the same command again.`,
      );
    }
    const home = dirname(dirname(own));
    rmSync(home, { recursive: true, force: true }); // what is there does not run, else it had been found
    renameSync(join(workshop, 'node_modules', `node-${platform}`), home);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
  if (!suits(own)) {
    throw new SetupFailure(
      `The Node ${wanted} that was installed into .tools does not run on this machine (its C library may be another one). Install Node 24 yourself, put it first on PATH and run the same command again.`,
    );
  }
}

/**
 * @param {string} root
 * @param {string} node
 */
function pointAt(root, node) {
  const folder = join(root, '.tools', 'bin');
  const link = join(folder, 'node');
  const inside = relative(folder, node);
  const target = inside.startsWith(join('..', 'node24')) ? inside : node; // relative, so that the clone may be moved
  if (!existsSync(link) || readlinkSync(link) !== target) {
    mkdirSync(folder, { recursive: true });
    const fresh = `${link}.${process.pid}`;
    rmSync(fresh, { force: true });
    symlinkSync(target, fresh);
    renameSync(fresh, link);
  }
  return folder;
}
