// @ts-check
/**
 * `npm run lock`: adds to package-lock.json the platform packages that the registry at hand did not have.
 *
 * Tools with native parts name one optional package per platform. npm leaves those it cannot find out of the lockfile,
 * silently, and then `npm ci` refuses the lockfile everywhere. An entry with version and platform is all that
 * `npm ci` needs to skip it, or to fetch it where it is wanted.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ version?: string, optional?: boolean, dev?: boolean, devOptional?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string> }} Entry */
/** @typedef {{ packages: Record<string, Entry> }} Lock */

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

/**
 * Packages that an entry names as optional and that have no entry of their own.
 * @param {Lock} lock
 * @returns {{ path: string, version: string, by: Entry }[]}
 */
export function missingEntries(lock) {
  const paths = Object.keys(lock.packages);
  return Object.values(lock.packages).flatMap((by) =>
    Object.entries(by.optionalDependencies ?? {})
      .filter(([name]) => !paths.some((path) => path.endsWith(`node_modules/${name}`)))
      .map(([name, version]) => ({ path: `node_modules/${name}`, version, by })),
  );
}

/**
 * The entry of a platform package, read from its name; null when the name tells no platform or the version is a range.
 * @param {{ path: string, version: string, by: Entry }} missing
 * @returns {Entry | null}
 */
export function platformEntry({ path, version, by }) {
  const words = path.split(/[-/@]/);
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  if (os.length !== 1 || cpu.length !== 1 || !/^\d+\.\d+\.\d+/.test(version)) return null;
  const dev = by.dev === true ? { dev: true } : by.devOptional === true ? { devOptional: true } : {};
  const libc = words.some((word) => word.startsWith('musl')) ? { libc: ['musl'] } : {};
  return { version, cpu, ...dev, ...libc, optional: true, os };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(fileURLToPath(new URL('..', import.meta.url)), 'package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  let added = 0;
  for (const missing of missingEntries(lock)) {
    const entry = platformEntry(missing);
    if (entry === null) continue;
    lock.packages[missing.path] = entry;
    added += 1;
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
  process.stdout.write(`package-lock.json: ${added} platform packages added\n`);
}
