// @ts-check
/** Builds the dashboard's pages into .tools/dashboard, where the server finds them. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './execute.mjs';

/** What the pages are made of. */
const sources = ['dashboard', 'src/api', 'package-lock.json'];

/**
 * Builds when something it is made of has changed since the last time; that takes a second or two. Never fails: the command
 * line does all without pages, and the server says in their place how to build them.
 * @param {string} root
 * @param {string} nodeFolder holds the Node to build under
 * @param {import('./say.mjs').Say} say
 */
export async function ensureDashboard(root, nodeFolder, say) {
  const built = join(root, '.tools', 'dashboard');
  const stamp = join(root, '.tools', 'dashboard.hash');
  const hash = hashOf(root, sources);
  if (existsSync(join(built, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) {
    say.detail('dashboard: found');
    return;
  }
  const fresh = `${built}.new`;
  let output = '';
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [
    'build',
    'dashboard',
    '--config',
    'dashboard/vite.config.ts',
    '--outDir',
    fresh,
    '--emptyOutDir',
  ];
  const code = await execute(join(nodeFolder, 'node'), [vite, ...args, '--logLevel', 'warn'], {
    cwd: root,
    env: {
      ...process.env,
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      PATH: `${nodeFolder}:${process.env['PATH'] ?? ''}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    deadlineMillis: 180_000,
    onOutput: (text) => {
      output += text;
    },
  }).catch((/** @type {Error} */ reason) => {
    output += reason.message;
    return 1;
  });
  if (code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    say.line(
      `dashboard: could not be built, the command line works without it.\n${output.trim().split('\n').slice(0, 12).join('\n')}`,
    );
    return;
  }
  // A server that runs meanwhile finds the old files or the new ones, but for the blink between the two.
  rmSync(built, { recursive: true, force: true });
  renameSync(fresh, built);
  writeFileSync(stamp, hash);
  say.detail('dashboard: built');
}

/**
 * Of names and contents, in order.
 * @param {string} root
 * @param {readonly string[]} paths
 */
function hashOf(root, paths) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap((each) => filesOf(root, each)))
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} path a file, or a folder with what lies below it
 * @returns {string[]}
 */
function filesOf(root, path) {
  if (!existsSync(join(root, path))) return [];
  try {
    const entries = readdirSync(join(root, path), { withFileTypes: true });
    return entries
      .filter(({ name }) => name !== 'node_modules' && !name.startsWith('.'))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(({ name }) => filesOf(root, `${path}/${name}`));
  } catch {
    return [path]; // not a folder
  }
}
