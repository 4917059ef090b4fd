import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksOf, howToRun, pathsIn, unfitToRun } from './docs-blocks.ts';
import { readersPlace, withoutPrompts } from './docs-run.ts';
import { readProject, root } from './tidy-tree.ts';

/**
 * The pages tell the truth: what they name exists, and what they mark is run.
 *
 *     ```sh run        each page's marked blocks are executed in order, in a copy of the project, with fairway on PATH
 *     ```ts run        the same, as a program of its own in the root of that copy
 *
 * Blocks without the mark are shown only; `npm start` and `npm test` stay unmarked, because this suite is inside them.
 */
const pages = readProject().sources.filter(({ path }) => path.endsWith('.md'));
const guides = pages.filter(({ path }) => path === 'README.md' || path.startsWith('docs/guide/'));

describe.each(pages.map(({ path, text }) => ({ path, text })))('$path', ({ path, text }) => {
  test('every path it names exists', () => {
    const lost = pathsIn(text).filter(
      (named) => !existsSync(join(root, named)) && !existsSync(join(root, dirname(path), named)),
    );
    expect(lost).toEqual([]);
  });

  test('blocks that are marked to run can be run', () => {
    const unfit = blocksOf(text).flatMap((block) => {
      const reason = unfitToRun(block);
      return reason === null ? [] : [`${path}:${block.line} ${reason}`];
    });
    expect(unfit).toEqual([]);
  });
});

const walks = guides.flatMap(({ path, text }) => {
  const blocks = blocksOf(text).flatMap((block) => {
    const how = howToRun(block);
    return how === null ? [] : [{ ...block, how }];
  });
  return blocks.length === 0 ? [] : [{ path, blocks }];
});

describe('walking through the pages', () => {
  test.each(walks)(
    'what $path tells to run works, word for word',
    { timeout: 600_000 },
    async ({ path, blocks }) => {
      await using place = await readersPlace(root);
      for (const block of blocks) {
        const { exitCode, output } = await place.run(block);
        expect(exitCode, `${path}:${block.line} printed:\n${output}`).toBe(0);
      }
    },
  );

  test('a reader has fairway on PATH, a place of his own, and sees each failure', {
    timeout: 60_000,
  }, async () => {
    await using place = await readersPlace(root);
    const run = (how: 'sh' | 'ts', text: string) => place.run({ how, text, info: '', line: 1 });
    expect(await run('sh', 'basename "$(command -v fairway)"; pwd > here.txt')).toEqual({
      exitCode: 0,
      output: 'fairway\n',
    });
    expect((await run('sh', 'cat here.txt')).output).toContain('fairway docs ');
    expect(
      (await run('ts', "import { ok } from '#kernel';\nconsole.log(ok(1).value as number);")).output,
    ).toBe('1\n');
    expect((await run('sh', 'false\ntrue')).exitCode).not.toBe(0);
    expect((await run('sh', 'false | true')).exitCode).not.toBe(0);
    expect((await run('ts', 'throw new Error("no");')).exitCode).not.toBe(0);
    expect(existsSync(join(root, 'here.txt'))).toBe(false);
  });
});

describe('reading pages', () => {
  const page = [
    'a',
    '```sh run',
    '$ fairway check',
    'fine',
    '```',
    '~~~',
    '```',
    '~~~',
    '```json',
    '{}',
  ].join('\n');

  test('blocks have their mark, their line and their text', () => {
    expect(blocksOf(page)).toEqual([
      { info: 'sh run', line: 2, text: '$ fairway check\nfine' },
      { info: '', line: 6, text: '```' },
    ]);
  });

  test.each([
    ['sh run', 'sh'],
    ['ts run', 'ts'],
    ['sh', null],
    ['json run', null],
  ])('a block "%s" is run as %s', (info, how) => {
    expect(howToRun({ info, line: 1, text: 'x' })).toBe(how);
  });

  test.each([
    ['sh run', 'fairway check', null],
    ['sh', 'npm start', null],
    ['sh run', 'npm start', 'not executed'],
    ['sh run', '$ npm test', 'not executed'],
    ['sh run', ' ', 'empty'],
    ['json run', '{}', 'only sh and ts'],
  ])('a block "%s" saying %j: %s', (info, text, reason) => {
    const expected: unknown = reason === null ? null : expect.stringContaining(reason);
    expect(unfitToRun({ info, line: 1, text })).toEqual(expected);
  });

  test('lines that begin with a prompt are what is run', () => {
    expect(withoutPrompts('$ a\nb\n$ c')).toBe('a\nc');
    expect(withoutPrompts('a\nb')).toBe('a\nb');
  });

  test.each([
    ['see `src/main.ts` and `src/core/`', ['src/main.ts', 'src/core/']],
    ['[the guide](guide/first.md#steps) or [the web](https://example.org/a.md)', ['guide/first.md']],
    ['`systems/*/a.ts`, `<name>/a.ts`, `.fairway/state.db`, `/etc/hosts`, `a/b`, `1.5`, `npm test`', []],
    ['```sh\ncat `a/b.ts`\n```', []],
  ])('the paths in %j', (text, paths) => {
    expect(pathsIn(text)).toEqual(paths);
  });
});
