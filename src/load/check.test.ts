import { describe, expect, it } from 'vitest';
import { millis } from '#kernel';
import { checkPlan } from './check.ts';
import { driveLoad } from './drive.ts';
import type { LoadPlan } from './plan.ts';
import { planFor, planned, testWorld } from './testbed.fixture.ts';

describe('the target of a load plan', () => {
  it.each([
    'http://127.0.0.1:3000',
    'http://127.9.8.7',
    'http://localhost:3000',
    'http://LOCALHOST',
    'http://[::1]:3000/base',
    'https://127.0.0.1',
    'http://2130706433', // 127.0.0.1 as one number
  ])('%s is this machine', (target) => {
    expect(checkPlan(planFor(target)).ok).toBe(true);
  });

  it.each([
    'http://example.com',
    'http://192.168.0.1',
    'http://0.0.0.0',
    'http://128.0.0.1',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://[2001:db8::1]',
    'http://[::ffff:8.8.8.8]',
  ])('%s is refused unless remote targets are allowed', async (target) => {
    expect(await driveLoad(planFor(target), testWorld())).toEqual({
      ok: false,
      error: { code: 'load_remote_target', facts: { target: new URL(target).origin } },
    });
    expect(checkPlan(planFor(target, { allowRemote: true })).ok).toBe(true);
  });
});

it.each<[string, Partial<LoadPlan>]>([
  ['target', { target: 'nonsense' }],
  ['target', { target: 'ftp://127.0.0.1' }],
  ['target', { target: 'http://user:password@127.0.0.1' }],
  ['target', { target: 'http://127.0.0.1/?a=b' }],
  ['rate', { rate: -1 }],
  ['rate', { rate: Number.NaN }],
  ['rate', { rate: 10_001 }],
  ['requests', { requests: 1.5 }],
  ['connections', { connections: 0 }],
  ['users', { users: 0 }],
  ['timeout', { timeout: millis(0) }],
  ['mix', { mix: [] }],
  ['mix.weight', { mix: [planned({ weight: 0 })] }],
  ['path', { mix: [planned({ path: 'no-slash' })] }],
  ['path', { session: { steps: [planned({ path: '' })], csrf: null } }],
  ['sockets.count', { sockets: { count: -1, path: '/', headers: {}, traffic: { kind: 'none' } } }],
  [
    'sockets.traffic.every',
    { sockets: { count: 1, path: '/', headers: {}, traffic: { kind: 'ping', every: millis(0) } } },
  ],
])('a plan with a wrong %s is refused: %j', (field, parts) => {
  expect(checkPlan(planFor('http://127.0.0.1:3000', parts))).toMatchObject({
    ok: false,
    error: { code: 'load_plan_invalid', facts: { field } },
  });
});
