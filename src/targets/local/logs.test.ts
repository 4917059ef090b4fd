import { appendFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytes } from '#kernel';
import type { LogRequest } from '#ports';
import { readLogs } from './logs.ts';
import { maskOf } from './mask.ts';
import { pruneLogs, rotateLog } from './rotation.ts';
import { lastLine, lastLines } from './tail.ts';
import { createWorld, systemClock, until, type World } from './testing/world.ts';

let world: World;
let folder: string;
beforeEach(async () => {
  world = await createWorld();
  folder = join(world.folder, 'logs');
});
afterEach(() => world.end());

const write = (path: string, text: string) => world.write(join('logs', path), text);

async function* texts(ask: Partial<LogRequest> = {}, signal = new AbortController().signal) {
  const full = { service: null, lines: 100, follow: false, ...ask };
  const mask = () => maskOf(['tomato-soup']);
  for await (const line of readLogs({ folder, ask: full, mask, clock: systemClock, signal }))
    yield `${line.service} ${line.replica} ${line.revision}: ${line.text}`;
}

async function all(ask: Partial<LogRequest> = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const text of texts(ask)) found.push(text);
  return found;
}

describe('logs', () => {
  test('are merged by the times in their lines, and say where they come from', async () => {
    await write(
      'web/web-1-aa.log',
      '2026-01-01T00:00:01Z one\n  a second line of it\n2026-01-01T00:00:03Z three\n',
    );
    await write('api/api-1-bb.log', '{"time":"2026-01-01T00:00:02Z","msg":"two"}\n');
    expect(await all()).toEqual([
      'web web-1-aa web-1: 2026-01-01T00:00:01Z one',
      'web web-1-aa web-1:   a second line of it',
      'api api-1-bb api-1: {"time":"2026-01-01T00:00:02Z","msg":"two"}',
      'web web-1-aa web-1: 2026-01-01T00:00:03Z three',
    ]);
    expect(await all({ lines: 1 })).toEqual(['web web-1-aa web-1: 2026-01-01T00:00:03Z three']);
    expect(await all({ service: 'api' })).toHaveLength(1);
    expect(await all({ service: 'none' })).toEqual([]);
  });

  test('never show a secret', async () => {
    await write('web/web-1-aa.log', 'the key is tomato-soup\n');
    expect(await all()).toEqual(['web web-1-aa web-1: the key is ***']);
  });

  test('are followed across a cut of the file and into new files, line by line', async () => {
    await write('web/web-1-aa.log', 'old\n');
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const text of texts({ lines: 1, follow: true }, stop.signal))
        seen.push(text.replace(/.*: /, ''));
    })();
    await until(() => seen.length === 1);
    await appendFile(join(folder, 'web/web-1-aa.log'), 'whole\nhalf');
    await until(() => seen.length === 2);
    await appendFile(join(folder, 'web/web-1-aa.log'), ' and half\n');
    await until(() => seen.length === 3);
    await rotateLog(join(folder, 'web/web-1-aa.log'), bytes(1));
    await appendFile(join(folder, 'web/web-1-aa.log'), 'cut\n');
    await write('web/web-1-bb.log', 'new\n');
    await until(() => seen.length === 5);
    stop.abort();
    await following;
    expect(seen.slice(0, 3)).toEqual(['old', 'whole', 'half and half']);
    expect(seen.slice(3).sort()).toEqual(['cut', 'new']);
  });

  test('of many lines are read from their end', async () => {
    const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}`);
    await write('web/web-1-aa.log', `${lines.join('\n')}\nunfinished`);
    const { lines: last, end } = await lastLines(join(folder, 'web/web-1-aa.log'), 3);
    expect(last).toEqual(['line 49997', 'line 49998', 'line 49999']);
    expect(end).toBe((await stat(join(folder, 'web/web-1-aa.log'))).size - 'unfinished'.length);
  });
});

test.each([
  ['the last line', 'one\ntwo\n', 'two'],
  ['a line that is not finished', 'one\ntwo', 'two'],
  [
    "the message of Node's report of an error",
    'file:///x.mjs:1\nthrow new Error("no");\n      ^\n\nError: no\n    at file:///x.mjs:1:7\n\nNode.js v24.21.0\n',
    'Error: no',
  ],
  ['nothing', '', null],
])('the last words of a program are %s', async (_title, text, expected) => {
  await write('web/x.log', text);
  expect(await lastLine(join(folder, 'web/x.log'))).toBe(expected);
});

test('a long log is cut and three older parts are kept', async () => {
  const file = join(folder, 'web/web-1-aa.log');
  for (const part of [1, 2, 3, 4, 5]) {
    await write('web/web-1-aa.log', `part ${part}`);
    expect(await rotateLog(file, bytes(6))).toBe(true);
  }
  expect(await rotateLog(file, bytes(6))).toBe(false);
  expect(await world.read('logs/web/web-1-aa.log')).toBe('');
  for (const part of [1, 2, 3])
    expect(await world.read(`logs/web/web-1-aa.log.${part}`)).toBe(`part ${6 - part}`);
  await expect(world.read('logs/web/web-1-aa.log.4')).rejects.toThrow('ENOENT');
});

test('of replicas long gone the newest twenty logs are kept, and every one of the living', async () => {
  for (let index = 0; index < 25; index += 1) {
    await write(`web/web-1-${index}.log`, 'x');
    await utimes(join(folder, `web/web-1-${index}.log`), index, index);
  }
  await pruneLogs(join(folder, 'web'), new Set(['web-1-0']));
  const { readdir } = await import('node:fs/promises');
  const left = await readdir(join(folder, 'web'));
  expect(left).toHaveLength(21);
  expect(left).toContain('web-1-0.log');
  expect(left).not.toContain('web-1-4.log');
  expect(left).toContain('web-1-5.log');
});
