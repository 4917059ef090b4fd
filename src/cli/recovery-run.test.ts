import { expect, test } from 'vitest';
import { instant, ok } from '#kernel';
import type { Call } from './actions.ts';
import { followOperation } from './recovery-run.ts';

const busy = {
  ok: false,
  error: { problem: { code: 'recovery_busy', title: 'Recovery is busy with a backup.', exit: 1 } },
} as const;

/** A control plane that is busy for so many answers; an answer takes a second. */
function aCall(answers: number) {
  const said: string[] = [];
  let now = 0;
  let asked = 0;
  const world = {
    clock: { now: () => instant(now), sleep: async (length: number) => void (now += length) },
    interrupted: new AbortController().signal,
    complain: (text: string) => said.push(text),
    print: (text: string) => said.push(text),
  };
  const done = { state: 'done', failure: null, drill: null };
  const client = { call: async () => (++asked > answers ? ok(done) : busy) };
  const call = { world, client, environment: 'dev', place: '', json: false } as unknown as Call;
  return { call, said, asked: () => asked, now: () => now };
}

test('what Fairway does by itself is waited for, and said once', async () => {
  const { call, said } = aCall(3);
  expect(await followOperation(call, { kind: 'backup' })).toMatchObject({ operation: { state: 'done' } });
  expect(said).toEqual(['Recovery is busy with a backup. Waiting for its end.']);
});

test('but not for ever', async () => {
  const { call, now } = aCall(Number.POSITIVE_INFINITY);
  expect(await followOperation(call, { kind: 'backup' })).toMatchObject({
    refusal: { problem: { code: 'recovery_busy' } },
    operation: null,
  });
  expect(now()).toBe(600_000);
});

test('what a control plane was doing when it was killed is told as broken off, not as unknown', async () => {
  const { call } = aCall(0);
  const unknown = {
    problem: { code: 'recovery_operation_unknown', title: 'There is no operation x.', exit: 2 },
  };
  const running = { id: 'x', state: 'running', share: null, doing: 'it begins' };
  const client = {
    call: async (key: string) => (key.startsWith('POST') ? ok(running) : { ok: false, error: unknown }),
  };
  const followed = await followOperation({ ...call, client } as unknown as Call, { kind: 'backup' });
  expect(followed).toMatchObject({ refusal: { failure: { code: 'recovery_broken_off' } } });
});
