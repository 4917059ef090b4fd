import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isPiece, positionOf, segmentAt, segmentName, segmentOf } from './pieces.ts';
import { shellWord } from './replay.ts';
import { hear, nothingTold } from './replay-log.ts';
import { type TarEntry, tarReader } from './tar-reader.ts';
import { logPath, readHistory } from './timeline.ts';

const MB16 = 16 * 1_048_576;
const at = (timeline: number, number: number) => segmentName({ timeline, number: BigInt(number) }, MB16);

describe('names of pieces', () => {
  test.each([
    [1, 0n, '000000010000000000000000'],
    [1, 255n, '0000000100000000000000FF'],
    [10, 256n, '0000000A0000000100000000'],
  ])('timeline %i, number %i: %s', (timeline, number, name) => {
    expect(segmentName({ timeline, number }, MB16)).toBe(name);
    expect(segmentOf(name, MB16)).toEqual({ timeline, number });
  });

  test.each<[string, boolean]>([
    ['000000010000000000000001', true],
    ['00000002.history', true],
    ['000000010000000000000001.partial', true],
    ['000000010000000000000001.00000028.backup', true],
    ['archtemp.000000010000000000000001.12.34', false],
    ['000000010000000000000001.tmp', false],
    ['../000000010000000000000001', false],
  ])('%s is one: %s', (name, is) => expect(isPiece(name)).toBe(is));

  test('a position tells its piece', () => {
    expect(segmentAt(positionOf('1/2000001'), MB16)).toBe(258n);
  });
});

describe('the path through a log', () => {
  const copy = { timeline: 1, stop: BigInt(3 * MB16), segmentBytes: MB16 };
  const left = (timeline: number, number: number) => ({ timeline, until: BigInt(number * MB16 + 100) });
  const [one, two] = [(n: number) => at(1, n), (n: number) => at(2, n)];

  test.each<[string, readonly string[], readonly [number, ReturnType<typeof left>[]][], object]>([
    [
      'follows on the copy',
      [one(1), one(2), one(3), one(4)],
      [],
      { pieces: [one(3), one(4)], missing: null },
    ],
    ['ends in front of a hole', [one(3), one(5)], [], { pieces: [one(3)], missing: one(4) }],
    ['may be empty', [one(1)], [], { pieces: [], missing: null, timeline: 1 }],
    [
      'goes over to the timeline that came from it',
      [one(3), one(4), one(5), two(4), two(5)],
      [[2, [left(1, 4)]]],
      { pieces: [one(3), two(4), two(5)], missing: null, timeline: 2 },
    ],
    [
      'does not go over to one that was left before the copy',
      [one(3), two(1), two(2)],
      [[2, [left(1, 1)]]],
      { pieces: [one(3)], missing: null, timeline: 1 },
    ],
    [
      'takes the newest of two',
      [one(3), two(3), at(3, 4)],
      [
        [2, [left(1, 3)]],
        [3, [left(1, 4)]],
      ],
      { pieces: [one(3), at(3, 4)], timeline: 3 },
    ],
    [
      'has a hole where the second begins',
      [one(3), two(5)],
      [[2, [left(1, 4)]]],
      { pieces: [one(3)], missing: two(4) },
    ],
  ])('%s', (_, log, histories, path) => {
    expect(logPath(copy, new Map(histories), log)).toMatchObject(path);
  });

  test('is read from a history as the server writes it', () => {
    const text = '1\t0/3000158\tno recovery target specified\n\n2\t1/A0\tbefore 2026-11-22 01:00:00+00\n';
    expect(readHistory(text)).toEqual([
      { timeline: 1, until: positionOf('0/3000158') },
      { timeline: 2, until: positionOf('1/A0') },
    ]);
  });
});

describe('an archive', () => {
  test.each([1, 7, 512, 100_000])('is read as tar writes it, %i bytes at a time', (step) => {
    const folder = mkdtempSync(join(tmpdir(), 'fairway-tar-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'a'), 'x'.repeat(1_000));
    writeFileSync(join(folder, 'empty'), '');
    const made = spawnSync('tar', ['--format=ustar', '-cf', '-', '-C', folder, '.'], { encoding: 'buffer' });
    const [entries, contents]: [TarEntry[], string[]] = [[], []];
    let current = '';
    const reader = tarReader({
      entry: (entry) => void entries.push(entry),
      data: (bytes) => void (current += bytes.toString()),
      fileEnd: () => {
        contents.push(current);
        current = '';
      },
    });
    for (let place = 0; place < made.stdout.length; place += step)
      reader.write(made.stdout.subarray(place, place + step));
    reader.end();
    expect(
      entries
        .filter(({ kind }) => kind === 'file')
        .map(({ bytes }) => bytes)
        .toSorted((a, b) => a - b),
    ).toEqual([0, 1_000]);
    expect(contents.toSorted()).toEqual(['', 'x'.repeat(1_000)]);
  });
});

test('a word for the shell is one word, whatever is in it', () => {
  const strange = `a b'c"d$e\\f;g`;
  const said = spawnSync('sh', ['-c', `printf %s ${shellWord(strange)}`], { encoding: 'utf8' });
  expect(said.stdout).toBe(strange);
  expect(shellWord('50%p')).toBe("'50%%p'");
});

test('what a server tells while it replays is understood', () => {
  const told = [
    '2026-11-22 01:30:00.123 UTC [12] LOG:  restored log file "000000010000000000000004" from archive',
    '2026-11-22 01:30:00.123 UTC [12] LOG:  last completed transaction was at log time 2026-11-22 01:29:59.123987+00',
    '2026-11-22 01:30:00.123 UTC [12] LOG:  incorrect resource manager data checksum in record at 0/4000100',
    '2026-11-22 01:30:00.123 UTC [12] FATAL:  recovery ended before configured recovery target was reached',
    'what no server writes',
  ].reduce(hear, nothingTold);
  expect(told).toEqual({
    restored: ['000000010000000000000004'],
    last: Date.parse('2026-11-22T01:29:59.123Z'),
    unreadable: {
      words: 'incorrect resource manager data checksum in record at 0/4000100',
      piece: '000000010000000000000004',
    },
    fatal: 'recovery ended before configured recovery target was reached',
    isReady: false,
  });
});
