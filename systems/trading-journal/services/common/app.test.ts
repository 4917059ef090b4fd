import { createLog, systemClock } from 'fairway-kit';
import { honoHandler } from 'fairway-kit/hono';
import { startTestService, type TestService } from 'fairway-kit/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bodyLimit, createApp } from './app.ts';

const log = createLog({
  ...{ level: 'error', format: 'plain', base: {}, secrets: [], clock: systemClock, write: () => undefined },
});
let service: TestService;
beforeAll(async () => {
  const app = createApp(log);
  app.use(bodyLimit(1_000));
  app.post('/', async (c) => c.text(await c.req.text()));
  service = await startTestService({
    name: 'app',
    settings: {},
    start: () => Promise.resolve({ handler: honoHandler(app) }),
  });
});
afterAll(() => service.stop());

/** A body whose length is not told beforehand. */
function streamOf(bytes: number, onSent: (sent: number) => void = () => undefined): ReadableStream {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent >= bytes) return controller.close();
      const part = Math.min(1_000, bytes - sent);
      sent += part;
      onSent(sent);
      controller.enqueue(new Uint8Array(part).fill(97));
    },
  });
}
const post = (body: string | ReadableStream) => fetch(service.url, { method: 'POST', body, duplex: 'half' });

test('a body of the largest size is read by the handler, its length told or not', async () => {
  const text = 'a'.repeat(1_000);
  expect(await (await post(text)).text()).toBe(text);
  expect(await (await post(streamOf(1_000))).text()).toBe(text);
});

test('one byte more is refused, and what is longer is not read to its end', async () => {
  expect((await post('a'.repeat(1_001))).status).toBe(413);
  expect((await post(streamOf(1_001))).status).toBe(413);
  let sent = 0;
  const answer = await post(streamOf(50_000_000, (now) => (sent = now))).catch(() => null);
  expect(answer?.status ?? 413).toBe(413); // or the connection was closed under the rest of it
  expect(sent).toBeLessThan(50_000_000);
});
