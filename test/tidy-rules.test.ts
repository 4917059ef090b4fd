import { describe, expect, test } from 'vitest';
import { brokenArrows, cycles, type Project, unknownParts } from './tidy-arrows.ts';
import { brokenPackages } from './tidy-packages.ts';
import { bannedIn, misshapen } from './tidy-rules.ts';
import { importsOf, readSource } from './tidy-source.ts';

const faces = {
  '#kernel': './src/kernel/index.ts',
  '#core/gate': './src/core/gate/index.ts',
  '#core/release': './src/core/release/index.ts',
  '#router': './src/router/index.ts',
  '#engine': './src/engine/index.ts',
  '#targets/local': './src/targets/local/index.ts',
};
const projectOf = (files: Record<string, string>): Project => ({
  sources: Object.entries(files).map(([path, text]) => readSource(path, text)),
  faces,
});

describe('reading a file', () => {
  test.each([
    ["a = 'x // y'; // why", "a = '      '; ", '// why'],
    ['a = "\\"b"; /* c */ d', 'a = "   ";         d', '/* c */'],
    ['a = b / c / d;', 'a = b / c / d;', ''],
    ["a = /['/]+\\//g; b", 'a = /       /g; b', ''],
    ["return /'/.test(a)", 'return / /.test(a)', ''],
    ["`a ${b ? 'c' : `d ${e}`} f` // g", "`  ${b ? ' ' : `  ${e}`}  ` ", '// g'],
    ['`{${ { a: 1 }.a }}` + 1', '` ${ { a: 1 }.a } ` + 1', ''],
    ["'it''s' // don't", "'  '' ' ", "// don't"],
  ])('splits %j', (text, code, comment) => {
    const source = readSource('a.ts', text);
    expect(source.code.trimEnd()).toBe(code.trimEnd());
    expect(source.comments.trim()).toBe(comment);
    expect(source.code).toHaveLength(text.length);
  });

  test.each([
    ["import { a } from './a.ts';", './a.ts', false],
    ["import type { A } from '#kernel';", '#kernel', true],
    ["import { type A, b } from '#kernel';", '#kernel', false],
    ["import a, {\n  b,\n} from 'c';", 'c', false],
    ["import 'side-effect';", 'side-effect', false],
    ["export { a } from './a.ts';", './a.ts', false],
    ["export type { A } from './a.ts';", './a.ts', true],
    ["const a = await import('./a.ts');", './a.ts', false],
    ["type A = import('./a.ts').A;", './a.ts', false],
  ])('finds the import in %j', (text, specifier, typeOnly) => {
    expect(importsOf(readSource('a.ts', text))).toEqual([expect.objectContaining({ specifier, typeOnly })]);
  });

  test.each([
    "// import { a } from './a.ts'",
    "const s = `import 'a'`;",
    "export const from = 'x';",
    'import.meta.url',
  ])('finds no import in %j', (text) => {
    expect(importsOf(readSource('a.ts', text))).toEqual([]);
  });
});

describe('arrows', () => {
  test.each([
    ['src/core/release/a.ts', "import { ok } from '#kernel';"],
    ['src/core/release/a.ts', "import type { Counts } from '#core/gate';"],
    ['src/core/release/a.ts', "import { b } from './b.ts';"],
    ['src/core/release/a.ts', "import { createHash } from 'node:crypto';"],
    ['src/stores/bucket/main.ts', "import { b } from '../contract.ts';"],
    ['src/targets/local/a.ts', "import type { R } from '#router';"],
    ['src/main.ts', "import { e } from '#engine';"],
    ['src/main.ts', "import { e } from './host/serve.ts';"],
    ['src/core/gate/a.test.ts', "import { e } from '#engine';"],
    ['src/engine/a.test.ts', "import { a } from '../core/release/release.fixture.ts';"],
  ])('%s may say %s', (path, text) => {
    expect(brokenArrows(projectOf({ [path]: text }))).toEqual([]);
  });

  test.each([
    ['src/kernel/a.ts', "import { a } from '#core/gate';", 'src/kernel may not import #core/gate'],
    [
      'src/engine/a.ts',
      "import type { a } from '#targets/local';",
      'src/engine may not import #targets/local',
    ],
    ['src/engine/a.ts', "import { a } from '../kernel/result.ts';", 'past its face'],
    ['src/engine/a.test.ts', "import { a } from '../kernel/result.ts';", 'past its face'],
    ['src/core/gate/a.ts', "import { a } from '../release/a.ts';", 'past its face'],
    ['src/kernel/a.ts', "import { a } from '#kernel';", 'write ./file.ts'],
    ['src/targets/local/a.ts', "import { route } from '#router';", 'the types only'],
    ['src/core/gate/a.ts', "import { readFile } from 'node:fs';", 'only computes'],
    ['src/kernel/a.ts', "import { z } from 'zod';", 'only computes'],
    ['src/engine/a.ts', "import { a } from '#nowhere';", 'is no face'],
    ['src/engine/a.ts', "import { a } from '../../test/a.ts';", 'outside src'],
  ])('%s may not say %s', (path, text, reason) => {
    expect(brokenArrows(projectOf({ [path]: text }))).toEqual([expect.stringContaining(reason)]);
  });

  test.each([
    ['kit/src/a.ts', "import { a } from '../../src/kernel/index.ts';"],
    ['kit/src/a.ts', "import { a } from '#kernel';"],
    ['kit/src/a.ts', "import { defineSystem } from 'fairway';"],
    ['systems/a/services/b/main.ts', "import { a } from '../../../../kit/src/index.ts';"],
    ['systems/a/services/b/main.ts', "import { a } from '../../../c/services/b/main.ts';"],
    ['systems/a/services/b/main.ts', "import { defineSystem } from 'fairway';"],
  ])('%s is of another package and may not say %s', (path, text) => {
    expect(brokenPackages(projectOf({ [path]: text }))).toEqual([
      expect.stringContaining('outside of its package'),
    ]);
  });

  test.each([
    ['kit/src/a/b.ts', "import { a } from '../c.ts';"],
    ['kit/src/a.fixture.ts', "import { a } from '../../src/kernel/index.ts';"],
    ['systems/a/services/b/main.ts', "import { a } from '../common/c.ts'; import 'fairway-kit/hono';"],
    ['systems/a/definition/b.ts', "import type { SystemInput } from 'fairway';"],
  ])('%s may say %s', (path, text) => {
    expect(brokenPackages(projectOf({ [path]: text }))).toEqual([]);
  });

  test('a folder without a row and a face without a file are told', () => {
    const problems = unknownParts({
      ...projectOf({ 'src/kernel/index.ts': '', 'src/magic/a.ts': '' }),
      faces: { '#kernel': './src/kernel/index.ts', '#lost': './src/lost/index.ts' },
    });
    expect(problems).toEqual([
      'package.json: #lost names ./src/lost/index.ts, which is not there; write it or drop the face',
      'src/magic has no row in mayImport (test/tidy-arrows.ts); add one that says what it may import',
    ]);
  });

  test('a circle is told with its files in order, also through a face', () => {
    const found = cycles(
      projectOf({
        'src/kernel/index.ts': "export { a } from './a.ts';",
        'src/kernel/a.ts': "import { b } from './b.ts';",
        'src/kernel/b.ts': "import { a } from '#kernel';",
        'src/kernel/c.ts': "import { a } from './a.ts';",
      }),
    );
    expect(found).toEqual(['src/kernel/index.ts → src/kernel/a.ts → src/kernel/b.ts → src/kernel/index.ts']);
  });
});

describe('bans', () => {
  test.each([
    ['src/engine/a.ts', 'const now = Date.now();', 'the system clock'],
    ['src/engine/a.ts', 'const now = new Date();', 'the system clock'],
    ['src/engine/a.ts', 'const t = performance.now();', 'the performance clock'],
    ['src/engine/a.ts', 'const n = Math.random();', 'chance'],
    ['src/engine/a.ts', 'setTimeout(f, 5);', 'a timer'],
    ['src/core/gate/a.ts', 'export async function f() {}', 'waiting in the core'],
    ['src/engine/index.ts', "export * from './a.ts';", 'a star export'],
    ['src/engine/a.ts', 'export default 1;', 'a default export'],
    ['src/engine/a.ts', 'console.log(1);', 'the console'],
    ['src/engine/a.ts', '// @ts-ignore because', 'a silenced compiler'],
    ['src/engine/a.ts', '// @ts-expect-error', 'a silenced compiler'],
    ['src/engine/a.ts', '// oxlint-disable-next-line no-empty', 'a silenced check'],
    ['src/engine/a.ts', 'const a = b as any;', 'any'],
    ['src/engine/a.ts', 'function f(a: any) {}', 'any'],
    ['docs/guide/a.md', 'Later: TODO', 'an unfinished thought'],
    ['src/engine/a.ts', 'try { f(); } catch {}', 'a swallowed error'],
    ['src/engine/a.ts', 'f().catch((e) => 1); try { g(); } catch (e) { }', 'a swallowed error'],
    ['src/engine/a.ts', "spawn('ls', [], { shell: true });", 'a shell'],
    ['src/engine/a.ts', "exec('ls');", 'a shell'],
    ['src/engine/a.test.ts', "test.only('a', () => {});", 'a skipped or lonely test'],
    ['docs/guide/a.md', `Look into ${['', 'root', 'notes'].join('/')}.`, 'a private place'],
    ['.npmrc', 'registry=https://packages.example.org', 'a private place'],
    ['src/engine/a.ts', '// see #123', 'how it was made'],
    ['package-lock.json', '"resolved": "https://packages.example.org/a.tgz"', 'a download address'],
  ])('%s may not say %j', (path, text, name) => {
    expect(bannedIn(readSource(path, text))).toEqual([expect.stringContaining(` ${name} (`)]);
  });

  test.each([
    ['src/main.ts', 'const now = Date.now(); setTimeout(f, 5); console.log(now);'],
    ['src/engine/a.test.ts', 'const now = Date.now(); console.log(now);'],
    ['src/engine/a.ts', 'const at = new Date(instant);'],
    ['src/engine/a.ts', 'socket.setTimeout(1_000, () => socket.destroy());'],
    ['src/engine/a.ts', 'fetch(u, { signal: AbortSignal.timeout(5) });'],
    ['src/engine/a.ts', "const text = 'Date.now() and setTimeout(';"],
    ['src/engine/a.ts', '// never Date.now()'],
    ['src/engine/a.ts', 'pattern.exec(text); const any = 1; const list: Many = f(any);'],
    ['src/engine/a.ts', 'try { f(); } catch { /* the file is gone already */ }'],
    ['src/engine/a.ts', '// @ts-expect-error the package has no types'],
    ['src/engine/a.ts', "const colour = '#123456'; // R3, step 2"],
    ['src/cli/a.ts', 'console.log(1);'],
    ['vitest.config.ts', 'export default {};'],
    ['docs/guide/a.md', 'See [the steps](#2-steps) and https://example.org/home/work/a.'],
  ])('%s may say %j', (path, text) => {
    expect(bannedIn(readSource(path, text))).toEqual([]);
  });

  test('a finding names the place and the replacement', () => {
    expect(bannedIn(readSource('src/engine/a.ts', '\nconst n = Math.random();'))).toEqual([
      'src/engine/a.ts:2 chance (Math.random): take a Random as an argument',
    ]);
  });

  test.each([
    ['src/a/b.ts', 'x\n'.repeat(401), 'has 401 lines'],
    ['src/a/b.test.ts', 'x\n'.repeat(601), 'has 601 lines'],
    ['src/a/b.tmp.ts', '', 'scratch file'],
    ['src/a/bC.ts', '', 'lower case'],
  ])('%s is misshapen', (path, text, reason) => {
    expect(misshapen(readSource(path, text))).toEqual([expect.stringContaining(reason)]);
  });
});
