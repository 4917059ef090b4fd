import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { root } from './tidy-tree.ts';

/** What the dashboard weighs as it was built by set-up, which `npm test` begins with. */
const built = join(root, '.tools', 'dashboard');
const isBuilt = existsSync(join(built, '.vite', 'manifest.json'));

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

const read = (file: string) => readFileSync(join(built, file));

/** The files that a browser loads for some modules: their chunks, what those import at once, and the styles of all. */
function filesOf(modules: readonly string[]): ReadonlySet<string> {
  const manifest = JSON.parse(read('.vite/manifest.json').toString()) as Readonly<Record<string, Chunk>>;
  const files = new Set<string>();
  const visit = (name: string) => {
    const chunk = manifest[name];
    if (chunk === undefined) throw new Error(`${name} is not in the manifest of the build`);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const each of chunk.css ?? []) files.add(each);
    chunk.imports?.forEach(visit);
  };
  modules.forEach(visit);
  return files;
}

const weight = (files: Iterable<string>) =>
  [...files].reduce((sum, file) => sum + gzipSync(read(file), { level: 9 }).byteLength, 0);

test.skipIf(!isBuilt)(
  'the first view, the release page with its picture, weighs less than 250 kB (skipped: not built)',
  () => {
    const files = filesOf(['index.html', 'src/pages/release/index.tsx']);
    expect(files.size).toBeGreaterThan(3);
    expect(weight([...files, 'index.html', 'theme.js'])).toBeLessThan(250_000);
  },
);

test.skipIf(!isBuilt)('what draws the system is loaded with its page only (skipped: not built)', () => {
  const first = [...filesOf(['index.html', 'src/pages/release/index.tsx'])].map((file) =>
    read(file).toString(),
  );
  // A class name of the package that draws graphs, and one of the package that reads schemas.
  expect(first.filter((text) => text.includes('react-flow__'))).toEqual([]);
  expect(first.filter((text) => text.includes('invalid_union'))).toEqual([]);
});

test.skipIf(!isBuilt)(
  'the page holds no script or style of its own: its policy allows files only (skipped: not built)',
  () => {
    const page = read('index.html').toString();
    expect(page).toMatch(/<script [^>]*src="\/assets\/[^"]+"/);
    expect(page.match(/<style|<script(?![^>]*\bsrc=)|\bon[a-z]+="|\bstyle="/g)).toBeNull();
    const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address);
    expect(addresses.filter((address) => !address?.startsWith('/'))).toEqual([]);
  },
);
