// @ts-check
/** Everything a clone needs before it runs: Node 24, the packages, a Redis server, the dashboard's pages. */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './lock.mjs';
import { ensureNode24 } from './node24.mjs';
import { ensurePackages } from './packages.mjs';
import { SetupFailure } from './say.mjs';
import { ensureDashboard } from './setup-dashboard.mjs';
import { ensureRedis } from './setup-redis.mjs';

/**
 * Returns the program to run Fairway with and the environment to run it in. Done again, it only looks.
 * @param {string} root
 * @param {import('./say.mjs').Say} say
 * @returns {Promise<{ node: string, env: NodeJS.ProcessEnv }>}
 */
export async function setUp(root, say) {
  if (process.platform === 'win32') {
    throw new SetupFailure('Fairway runs on Linux and macOS. On Windows, use it inside WSL 2.');
  }
  const folder = await alone(join(root, '.tools', 'lock'), say, async () => {
    const nodeFolder = await ensureNode24(root, say);
    await ensurePackages(root, nodeFolder, say);
    await ensureRedisServer(root, say);
    await ensureDashboard(root, nodeFolder, say);
    return nodeFolder;
  });
  return {
    node: join(folder, 'node'),
    env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
  };
}

const dayMillis = 86_400_000;

/**
 * Looking for a Redis server may mean trying to install one, which takes minutes where the network is shut: after a
 * failure that is tried once a day. A server that comes in between is found by the store itself.
 * @param {string} root
 * @param {import('./say.mjs').Say} say
 */
async function ensureRedisServer(root, say) {
  const failure = join(root, '.tools', 'no-redis');
  if (existsSync(failure) && Date.now() - statSync(failure).mtimeMs < dayMillis) {
    say.detail('Redis: none found; a server in JavaScript stands in (in memory only)');
    return;
  }
  const outcome = await ensureRedis({ root, say });
  if (outcome === 'fallback') writeFileSync(failure, '');
  else rmSync(failure, { force: true });
  say.detail(`Redis: ${outcome === 'fallback' ? 'a server in JavaScript stands in' : outcome}`);
}
