import { describe, expect, it } from 'vitest';
import { type Entry, seen, testOf } from './line.ts';

const entry = (text: string): Entry => ({
  number: 1,
  service: 'edge',
  replica: 'edge-1',
  revision: 'b2c4',
  text,
  isGap: false,
});

describe('what is seen in a line', () => {
  it('reads the lines of the kit', () => {
    const line = {
      level: 'warning',
      timestamp: '2026-05-04T14:03:07.120Z',
      correlation_id: 'req-1f',
      tenant_id: null,
      status: 502,
      message: 'the broker is slow',
    };
    expect(seen(entry(JSON.stringify(line)))).toEqual({
      at: Date.UTC(2026, 4, 4, 14, 3, 7, 120),
      level: 'warning',
      message: 'the broker is slow',
      id: 'req-1f',
      fields: [['status', '502']],
    });
  });

  it('reads the lines of pino', () => {
    const line = { level: 50, time: 1_777_903_387_120, pid: 7, reqId: 'a1', msg: 'gone' };
    expect(seen(entry(JSON.stringify(line)))).toEqual({
      at: 1_777_903_387_120,
      level: 'error',
      message: 'gone',
      id: 'a1',
      fields: [['pid', '7']],
    });
  });

  it.each([
    ['\u001b[31mTypeError: x is no function\u001b[0m', 'TypeError: x is no function', 'error'],
    ['Error: the port is taken', 'Error: the port is taken', 'error'],
    ['(node:41) Warning: 11 listeners', '(node:41) Warning: 11 listeners', 'warning'],
    ['{"level":"info","mess', '{"level":"info","mess', null],
    ['listening', 'listening', null],
  ])('takes %j as text', (text, message, level) => {
    expect(seen(entry(text))).toEqual({ at: null, level, message, id: null, fields: [] });
  });
});

describe('which lines are wanted', () => {
  const error = '{"level":"ERROR","msg":"no (way)"}';
  const info = '{"level":30,"msg":"fine"}';

  it.each([
    [null, '', error, true],
    ['warning', '', error, true],
    ['warning', '', info, false],
    ['info', '', info, true],
    ['info', '', '{"level":"debug"}', false],
    ['info', '', 'plain text', true],
    ['error', '', 'Error: gone', true],
    ['error', '', '\u001b[31mTypeError: gone\u001b[0m', true],
    ['error', '', 'plain text', false],
    [null, '(WAY)', error, true],
    [null, '(way)', info, false],
  ] as const)('level %s and text %j: %s is %s', (level, text, line, isWanted) => {
    expect(testOf({ level, text })(entry(line))).toBe(isWanted);
  });

  it('keeps gaps whatever is looked for', () => {
    expect(testOf({ level: 'error', text: 'x' })({ ...entry('3 lines left out'), isGap: true })).toBe(true);
  });
});
