import { expect, test } from 'vitest';
import { createSystemClock } from './clock.ts';
import { createLog } from './log.ts';

function logged(fields: Record<string, unknown>, message = 'message') {
  const lines: string[] = [];
  const log = createLog({
    clock: { ...createSystemClock(), now: () => 0 },
    level: 'info',
    base: { service: 'edge' },
    secrets: ['planted"secret', 'redis://:planted@host'],
    write: (line) => lines.push(line),
  });
  log.debug('not at this level');
  log.info(message, fields);
  return lines;
}

test('a line is one JSON object with time, level and service', () => {
  expect(logged({ status: 200 }).map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      timestamp: '1970-01-01T00:00:00.000Z',
      level: 'info',
      message: 'message',
      service: 'edge',
      status: 200,
    },
  ]);
});

test.each([
  ['a field with a telling name', { password: 'x-planted-x' }],
  ['one deep inside', { headers: [{ 'set-cookie': 'x-planted-x' }] }],
  ['a token', { csrfToken: 'x-planted-x', authorization: 'Bearer x-planted-x' }],
  ['a known secret inside a text', { reason: 'connect redis://:planted@host failed' }],
  ['a known secret inside an error', { reason: new Error('no redis://:planted@host') }],
  ['a known secret that JSON writes differently', { text: 'it was planted"secret' }],
])('%s is hidden', (_, fields) => {
  const [line = ''] = logged(fields);
  expect(line).toContain('[hidden]');
  expect(line).not.toContain('planted');
});
