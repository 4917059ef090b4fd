import { streamSSE } from 'hono/streaming';
import { expect, test } from 'vitest';
import { anAccess, key, type Sent } from './access.fixture.ts';

/** A stream that is fed by hand, as one who is logged in reads it. */
async function aStream(by: (access: ReturnType<typeof anAccess>) => Promise<Sent & { id: string }>) {
  const access = anAccess();
  let tell: (text: string) => Promise<void> = () => Promise.resolve();
  let aborted = false;
  access.app.get('/v1/stream', access.access.permit('view'), (context) =>
    streamSSE(context, async (stream) => {
      const ended = new Promise<void>((resolve) =>
        stream.onAbort(() => {
          aborted = true;
          resolve();
        }),
      );
      tell = (data) => stream.writeSSE({ data });
      await stream.writeSSE({ data: 'begun' });
      await ended;
    }),
  );
  const { id, bearer, cookie } = await by(access);
  const headers = new Headers({ host: '127.0.0.1:4040' });
  if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`);
  if (cookie !== undefined) headers.set('cookie', cookie);
  const answer = await access.app.request('/v1/stream', { headers });
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = answer.body?.getReader();
  const next = async () => {
    const piece = await reader?.read();
    return piece?.done === false ? new TextDecoder().decode(piece.value) : null;
  };
  return { ...access, id, next, reader, tell: (data: string) => tell(data), aborted: () => aborted };
}

const byToken = async ({ token }: ReturnType<typeof anAccess>) => {
  const { secret, id } = await token('viewer');
  return { bearer: secret, id };
};
const bySession = async ({ token, login }: ReturnType<typeof anAccess>) => {
  const { secret, id } = await token('viewer');
  const { cookie } = await login({ token: secret });
  return { cookie, id };
};

test.each([
  ['token', byToken],
  ['session', bySession],
])('a stream opened by a %s ends two seconds after it was revoked, before the next word', async (_, by) => {
  const { next, tell, clock, withKey, id, aborted } = await aStream(by);
  expect(await next()).toContain('begun');
  void tell('one');
  expect(await next()).toContain('one');
  await withKey('DELETE', `/v1/access/tokens/${id}`);
  clock.move(2_000);
  void tell('secret');
  expect(await next()).toBeNull();
  expect(aborted()).toBe(true);
});

test('a stream of somebody who still may goes on', async () => {
  const { next, tell, clock } = await aStream(byToken);
  await next();
  for (let hour = 0; hour < 30; hour++) {
    clock.move(3_600_000);
    void tell(`hour ${hour}`);
    expect(await next()).toContain(`hour ${hour}`);
  }
});

test('who goes away ends what was told to them', async () => {
  const { next, reader, aborted } = await aStream(byToken);
  await next();
  await reader?.cancel();
  expect(aborted()).toBe(true);
});

test('the key of the command line is not looked up again', async () => {
  const { next, tell, clock, store } = await aStream(async () => ({ bearer: key, id: '' }));
  await next();
  await store.close();
  clock.move(60_000);
  void tell('still here');
  expect(await next()).toContain('still here');
});
