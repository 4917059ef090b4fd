import { startTestService } from 'fairway-kit/testing';
import { expect, it } from 'vitest';
import { settings } from './services/customer-service/settings.ts';
import { start } from './services/customer-service/start.ts';
import { ask, post } from './testing/client.ts';

const service = { name: 'customer-service', settings, start };
const env = { DATABASE_FALLBACK: 'memory', DEMO_USERS: 'true', JWT_KEY: 'a-key-that-is-long-enough' };

async function cookieOf(url: string): Promise<string> {
  const login = await post(`${url}/auth/login`, {
    email: 'reader@demo.example.com',
    password: 'demo-password',
  });
  return login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

it('lets a page of another origin end no session that a cookie carries', async () => {
  const alone = await startTestService(service, { env: { ...env, COOKIE_LOGIN: 'true' } });
  const { url } = alone;
  try {
    const cookie = await cookieOf(url);
    const from = (page: Record<string, string>) =>
      ask(`${url}/auth/logout`, { method: 'POST', headers: { cookie, ...page } });
    const answers = [
      await from({ 'sec-fetch-site': 'same-site' }),
      await from({ origin: 'http://localhost:1' }),
      await from({ origin: url }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 204]);
  } finally {
    await alone.stop();
  }
});

it('neither sets nor takes a cookie where that is not asked for', async () => {
  const alone = await startTestService(service, { env });
  const { url } = alone;
  try {
    expect(await cookieOf(url)).toBe('');
    const { body } = await post(`${url}/auth/login`, {
      email: 'reader@demo.example.com',
      password: 'demo-password',
    });
    const headers = { cookie: `access_token=${String(body['accessToken'])}` };
    expect((await ask(`${url}/customers`, { headers })).status).toBe(401);
  } finally {
    await alone.stop();
  }
});
