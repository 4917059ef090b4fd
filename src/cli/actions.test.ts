import { describe, expect, it } from 'vitest';
import type { AcceptedView, Client, Refusal } from '#api';
import { type Clock, err, instant, ok, type Result } from '#kernel';
import { act, type Call } from './actions.ts';
import { exitCodes } from './exit.ts';
import type { World } from './world.ts';

/** A control plane that answers one request after another as told; the last answer stays. */
function aCall(answers: readonly Result<AcceptedView, Refusal>[]) {
  let now = 0;
  let asked = 0;
  const said: string[] = [];
  const clock: Clock = {
    now: () => instant(now),
    sleep: async (wait) => {
      now += wait;
    },
  };
  const world = {
    clock,
    user: 'ann',
    interrupted: new AbortController().signal,
    print: (text: string) => said.push(text),
    complain: (text: string) => said.push(text),
  } as unknown as World;
  const client = {
    call: async () => answers[Math.min(asked++, answers.length - 1)],
  } as unknown as Client;
  const call: Call = { world, client, folder: '/shop', environment: 'dev', place: '', json: false };
  return { call, said, asked: () => asked, waited: () => now };
}

const accepted = ok({ after: 1, release: 2 });
const held = (expires: number) =>
  err({
    problem: {
      type: '',
      title: 'Another control plane is in charge.',
      status: 409,
      code: 'lease_held',
      hint: '',
      exit: 5,
      facts: { lease: 'environment/dev', owner: 'vm 7 http://127.0.0.1:1', expires },
    },
  });
const options = { ends: 'rollout', wait: false } as const;

describe('a request that comes to a control plane which is not in charge', () => {
  it('is repeated until the one that died has lost its charge', async () => {
    const { call, said, asked } = aCall([held(15_000), held(15_000.4), held(14_999.8), accepted]);
    expect(await act(call, 'pause', {}, options)).toBe(exitCodes.done);
    expect(asked()).toBe(4);
    expect(said).toEqual([
      expect.stringMatching(
        /^another control plane is in charge \(vm 7 http:\/\/127.0.0.1:1\) until .*; trying again$/,
      ),
      'accepted: release 2; "fairway status" shows it',
    ]);
  });

  it('is given up as soon as that one shows that it lives', async () => {
    const { call, waited } = aCall([held(15_000), held(15_000), held(22_500), accepted]);
    expect(await act(call, 'pause', {}, options)).toBe(exitCodes.refused);
    expect(waited()).toBe(2_000);
  });

  it('is given up after a while in any case', async () => {
    const { call, waited } = aCall([held(15_000)]);
    expect(await act(call, 'pause', {}, options)).toBe(exitCodes.refused);
    expect(waited()).toBe(20_000);
  });

  it('is not repeated for any other refusal', async () => {
    const { problem } = held(0).error;
    const { call, asked } = aCall([err({ problem: { ...problem, code: 'no_rollout', exit: 2 } }), accepted]);
    expect(await act(call, 'pause', {}, options)).toBe(exitCodes.wrongInput);
    expect(asked()).toBe(1);
  });
});
