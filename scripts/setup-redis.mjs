// @ts-check
/** Gets a real Redis server where that is easy, and says plainly what happens where it is not. */
import { fileURLToPath } from 'node:url';
import { installPackage, isThere, mayInstall } from './debian.mjs';

/** @typedef {{ line: (text: string) => void, detail: (text: string) => void }} Say */

/** The same as in src/stores/redis/find.ts. */
const servers = ['valkey-server', 'redis-server'];
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
  if (isThere(servers)) return 'found';
  if (!mayInstall()) {
    say.line(`No Redis server was found. ${HOW}`);
    return 'fallback';
  }
  say.line('Installing the Debian package redis-server (once, without its service) …');
  const problem = await installPackage('redis-server');
  if (problem === null && isThere(servers)) return 'installed';
  say.line(`The package redis-server could not be installed: ${problem ?? 'it brought no server'}. ${HOW}`);
  return 'fallback';
}

const stderr = {
  line: (/** @type {string} */ text) => void process.stderr.write(`${text}\n`),
  detail: () => {},
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${await ensureRedis()}\n`);
}
