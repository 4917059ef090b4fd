import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { corpus } from './testing/corpus.ts';
import type { HostileRequest } from './testing/hostile.ts';
import { converse, type Recorder, startRecorder } from './testing/recorder.ts';
import { type Stand, startStand } from './testing/stand.ts';

let [stand, recorder]: [Stand, Recorder] = [] as never;

beforeAll(async () => {
  recorder = await startRecorder();
  stand = await startStand([recorder.port]);
});
beforeEach(() => recorder.reset());
afterAll(async () => {
  await stand.close();
  await recorder.close();
});

async function check({ bytes, answers, reached, begins, body, fields = [], noFields = [] }: HostileRequest) {
  const { statuses, isClosed, text } = await converse(
    stand.port,
    bytes,
    answers.length === 0 ? 300 : undefined,
  );
  const expected = answers.map((answer) => (typeof answer === 'number' ? [answer] : answer));
  const got = recorder.received();
  expect(got.map(({ line }) => line)).toEqual(reached);
  if (reached.length === 0 && begins !== true) expect(recorder.bytes()).toBe('');
  expect(statuses, text.slice(0, 300)).toHaveLength(expected.length);
  for (const [index, status] of statuses.entries()) expect(expected[index]).toContain(status);
  if (expected.length > 0) expect(isClosed, 'the connection is closed behind it').toBe(true);
  if (body !== undefined) expect(got.map((request) => request.body)).toEqual([body]);
  const head = (got[0]?.fields ?? []).map((field) => field.toLowerCase());
  for (const field of fields) expect(head).toContain(field);
  for (const field of noFields) expect(head.filter((each) => each.startsWith(field))).toEqual([]);
}

test.each(corpus())('$name', check);
