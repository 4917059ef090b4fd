import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Access, accessLine } from './access-log.ts';
import { openLogFile } from './log-file.ts';

const access = (more: Partial<Access> = {}): Access => ({
  at: 0,
  address: '1.1.1.1',
  protocol: 'h2',
  method: 'GET',
  host: 'app.test',
  target: '/',
  status: 200,
  bytes: 12,
  millis: 1.25,
  service: 'web',
  revision: 'web-1',
  requestId: 'r',
  trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  referrer: null,
  agent: 'curl',
  reason: null,
  ...more,
});
const line = (more: Partial<Access>, query = false) =>
  JSON.parse(accessLine(access(more), { query })) as Record<string, unknown>;

describe('a line', () => {
  test('is one JSON object', () => {
    expect(line({ agent: 'a\nb"' })).toMatchObject({
      time: '1970-01-01T00:00:00.000Z',
      agent: 'a\nb"',
      millis: 1.3,
      trace: '0af7651916cd43dd8448eb211c80319c',
    });
    expect(accessLine(access({ agent: 'a\nb' }), { query: false }).split('\n')).toHaveLength(2);
  });

  test.each([
    ['/a?token=s3cret&page=2', '/a?token=…&page=…'],
    ['/a?s3cret', '/a?…'],
    ['/a', '/a'],
  ])('%s is told as %s', (target, told) => expect(line({ target })['target']).toBe(told));

  test('keeps the query where that is wanted', () => {
    expect(line({ target: '/a?b=c', referrer: 'https://x/?y=z' }, true)).toMatchObject({
      target: '/a?b=c',
      referrer: 'https://x/?y=z',
    });
    expect(line({ referrer: 'https://x/p?token=s3cret#f' })['referrer']).toBe('https://x/p');
  });

  test('is bounded whatever callers write', () => {
    const long = 'x'.repeat(100_000);
    const text = accessLine(
      access({ target: long, agent: long, host: long, referrer: long, method: long, requestId: long }),
      { query: true },
    );
    expect(text.length).toBeLessThan(4_100);
  });
});

describe('the file', () => {
  const folder = async () => {
    const made = await mkdtemp(join(tmpdir(), 'fairway access-'));
    onTestFinished(() => rm(made, { recursive: true, force: true }));
    return made;
  };

  test('is set aside when it is large, and only so many are kept', async () => {
    const place = await folder();
    const file = join(place, 'logs', 'access.log');
    const log = openLogFile({ file, maxBytes: 1_000, keep: 2, mayRotate: true, failed: () => undefined });
    for (let batch = 0; batch < 10; batch += 1) {
      log.add(`${String(batch).repeat(600)}\n`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await log.close();
    expect((await readdir(join(place, 'logs'))).sort()).toEqual([
      'access.log',
      'access.log.1',
      'access.log.2',
    ]);
    expect((await readFile(file, 'utf8')).slice(0, 3)).toBe('999');
    expect((await readFile(`${file}.2`, 'utf8')).slice(0, 3)).toBe('777');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(log.lost()).toBe(0);
  });

  test('has every line, also of a burst, and goes on where it was', async () => {
    const file = join(await folder(), 'access.log');
    for (const part of ['a', 'b']) {
      const log = openLogFile({ file, maxBytes: 1e9, keep: 1, mayRotate: true, failed: () => undefined });
      for (let count = 0; count < 5_000; count += 1) log.add(`${part}${count}\n`);
      await log.close();
    }
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(10_000);
  });

  test('is written by several, of which one sets it aside', async () => {
    const file = join(await folder(), 'access.log');
    const open = (mayRotate: boolean) =>
      openLogFile({ file, maxBytes: 5_000, keep: 1_000, mayRotate, failed: () => undefined });
    const logs = [open(true), open(false), open(false)];
    for (let round = 0; round < 40; round += 1) {
      for (const [index, log] of logs.entries()) log.add(`${index} ${round} ${'x'.repeat(100)}\n`);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await Promise.all(logs.map((log) => log.close()));
    const names = await readdir(join(file, '..'));
    const texts = await Promise.all(names.map((name) => readFile(join(file, '..', name), 'utf8')));
    expect(names.length).toBeGreaterThan(2);
    expect(new Set(texts.join('').trim().split('\n')).size).toBe(120);
  });

  test('that cannot be written is told once, and lines are counted as lost', async () => {
    const place = await folder();
    const told: string[] = [];
    const log = openLogFile({
      file: place,
      maxBytes: 1e9,
      keep: 1,
      mayRotate: true,
      failed: (reason) => told.push(reason),
    });
    for (let batch = 0; batch < 3; batch += 1) {
      log.add('x\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await log.close();
    expect([told.length, log.lost()]).toEqual([1, 3]);
    expect(told[0]).toContain('EISDIR');
  });
});
