import { sign } from 'fairway-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killAll, type Running, startService } from '../../testing/processes.ts';
import { ask } from '../../testing/visitor.ts';

const env = { AI_HMAC_SECRET: 'the-present-secret', AI_HMAC_SECRET_PREVIOUS: 'the-secret-before' };
let ai: Running;
beforeAll(async () => {
  ai = await startService('ai', env);
});
afterAll(killAll);

describe('the coach', () => {
  const body = JSON.stringify({ closes: ['1', '2', '3', '4', '5', '6'], period: 3 });
  const path = '/v1/indicators';
  const signed = (secret: string, text: string, now = Date.now()) =>
    sign({
      ...{ secret, path, method: 'POST', body: text },
      clock: { now: () => now, sleep: () => Promise.resolve() },
    });
  const post = (text: string, headers: Record<string, string>) =>
    ask(`${ai.url}${path}`, { method: 'POST', body: text, headers });

  test('gives the same bytes for the same request, on every replica', async () => {
    const other = await startService('ai', env);
    const signature = signed(env.AI_HMAC_SECRET, body);
    const init = { method: 'POST', body, headers: signature };
    const texts = await Promise.all(
      [ai, other, other].map(async ({ url }) => (await fetch(`${url}/v1/indicators`, init)).text()),
    );
    expect(new Set(texts).size).toBe(1);
    expect(JSON.parse(texts[0] ?? '')).toMatchObject({
      indicators: { simpleAverage: '5.00000000', relativeStrength: '100.00000000' },
    });
    expect(await other.stop()).toBe(0);
  });

  test('takes the present and the previous secret, and nothing else', async () => {
    const { AI_HMAC_SECRET: present, AI_HMAC_SECRET_PREVIOUS: previous } = env;
    const minutes = 60_000;
    const rows: [Record<string, string>, number, string?][] = [
      [signed(present, body), 200],
      [signed(previous, body), 200],
      [signed('some-other-secret-16', body), 401, 'signature_wrong'],
      [signed(present, `${body} `), 401, 'signature_wrong'],
      [signed(present, body, Date.now() - 6 * minutes), 401, 'signature_old'],
      [signed(present, body, Date.now() + 6 * minutes), 401, 'signature_old'],
      [{}, 401, 'signature_missing'],
    ];
    for (const [signature, status, code] of rows) {
      const answer = await post(body, signature);
      expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status, code });
    }
  });

  test('refuses more than 256 KB', async () => {
    const large = 'x'.repeat(256 * 1_024 + 1);
    expect(await post(large, signed(env.AI_HMAC_SECRET, large))).toMatchObject({
      status: 413,
    });
  });
});
