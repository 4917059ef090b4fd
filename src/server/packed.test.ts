import { gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { streamSSE, streamText } from 'hono/streaming';
import { describe, expect, test } from 'vitest';
import { packed } from './packed.ts';

const large = { samples: Array.from({ length: 1_000 }, (_, at) => ({ at, requests: 7 })) };
const app = new Hono();
app.use(packed());
app.get('/large', (context) => context.json(large));
app.post('/large', (context) => context.json(large));
app.get('/small', (context) => context.json({ ok: true }));
app.get('/events', (context) =>
  streamSSE(context, (stream) => stream.writeSSE({ data: JSON.stringify(large) })),
);
app.get('/lines', (context) =>
  streamText(context, async (stream) => {
    await stream.write(JSON.stringify(large));
  }),
);

const ask = (path: string, accepted: string, method = 'GET') =>
  app.request(path, { method, headers: { 'accept-encoding': accepted } });

describe('a large JSON answer', () => {
  test('goes packed to who takes it, and is the same', async () => {
    const answer = await ask('/large', 'br, gzip;q=0.8');
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(answer.headers.get('vary')).toBe('accept-encoding');
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(JSON.parse(gunzipSync(bytes).toString())).toEqual(large);
    expect(bytes.length).toBeLessThan(JSON.stringify(large).length / 4);
  });

  test.each(['', 'br', 'identity', 'gzip;q=0'])('goes as it is to who takes "%s"', async (accepted) => {
    const answer = await ask('/large', accepted);
    expect(answer.headers.get('content-encoding')).toBeNull();
    expect(answer.headers.get('vary')).toBe('accept-encoding');
    expect(await answer.json()).toEqual(large);
  });
});

test.each([
  ['a small answer', 'GET', '/small'],
  ['an answer to what changes something', 'POST', '/large'],
  ['a stream of events', 'GET', '/events'],
  ['a stream of lines', 'GET', '/lines'],
])('%s is never packed', async (_, method, path) => {
  const answer = await ask(path, 'gzip', method);
  expect(answer.headers.get('content-encoding')).toBeNull();
  expect((await answer.text()).length).toBeGreaterThan(5);
});
