import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..', '..');
/** What the router's process runs. */
const parts = ['router', 'edge', 'kernel', 'process', 'core/gate'].map((part) => join(root, 'src', part));
const packageFile = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) });

/**
 * What program the files on disk are: the package's version, the runtime and a hash of the sources it runs. A router that
 * runs says by which it was started; where the two differ, a newer program is there.
 */
export function programVersion(): string {
  const { version, dependencies } = packageFile.parse(
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
  );
  const hash = createHash('sha256').update(`${process.version} ${dependencies['undici'] ?? ''}\n`);
  for (const path of parts.flatMap(sourcesIn))
    hash.update(`${relative(root, path)}\n`).update(readFileSync(path));
  return `${version}-${hash.digest('hex').slice(0, 12)}`;
}

const sourcesIn = (part: string): readonly string[] =>
  readdirSync(part, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|(?:^|\/)testing\//.test(path))
    .toSorted()
    .map((path) => join(part, path));
