import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { contextOf, identify, withRequest } from './context.ts';
import { createFlags, type Exposure } from './flags.ts';
import { keptLog } from './log.fixture.ts';

const env = {
  FLAG_NEW_CART: 'true',
  FLAG_LIMIT: '5',
  FLAG_THEME: 'dark',
  FLAG_ODD: 'maybe',
  FLAG_RULES: '{"a":1}',
};

test('the environment decides, by the form in which the platform writes names', async () => {
  const flags = createFlags({ url: null, env });
  expect(await flags.boolean('new-cart', false)).toBe(true);
  expect(await flags.number('limit', 1)).toBe(5);
  expect(await flags.string('theme', 'light')).toBe('dark');
  expect(await flags.client.getObjectValue('rules', {})).toEqual({ a: 1 });
});

test('what is not there, or is of another type, is the fallback; nothing is written to the console', async () => {
  const spoken = (['error', 'warn', 'info', 'log', 'debug'] as const).map((name) => vi.spyOn(console, name));
  const flags = createFlags({ url: null, env });
  expect(await flags.boolean('unknown', true)).toBe(true);
  expect(await flags.boolean('odd', true)).toBe(true);
  expect(await flags.number('theme', 3)).toBe(3);
  expect(await flags.client.getObjectValue('theme', { b: 2 })).toEqual({ b: 2 });
  for (const spy of spoken) expect(spy).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

test('two services in one process have their own flags', async () => {
  const one = createFlags({ url: null, env: { FLAG_A: 'true' } });
  const other = createFlags({ url: null, env: {} });
  expect([await one.boolean('a', false), await other.boolean('a', false)]).toEqual([true, false]);
});

interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
}

/** A real OFREP server: it answers `new-cart` and `limit` and knows no other flag. */
async function serveFlags(port = 0, answer?: (response: ServerResponse) => void) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { context } = JSON.parse(Buffer.concat(chunks).toString()) as Pick<Asked, 'context'>;
      const path = request.url ?? '';
      asked.push({ path, authorization: request.headers.authorization, context });
      if (answer !== undefined) return answer(response);
      const key = path.split('/').at(-1) ?? '';
      const values: Record<string, unknown> = { 'new-cart': context['targetingKey'] === 'anna', limit: 50 };
      const send = (status: number, body: object) =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (!(key in values)) return send(404, { key, errorCode: 'FLAG_NOT_FOUND' });
      send(200, { key, value: values[key], reason: 'TARGETING_MATCH', variant: 'v1', metadata: {} });
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  onTestFinished(close);
  const actual = (server.address() as AddressInfo).port;
  return { url: `http://127.0.0.1:${actual}`, port: actual, asked, close };
}

test('a server decides by who asks: an id, attributes, or the user of the request', async () => {
  const { url, asked } = await serveFlags();
  const flags = createFlags({ url, env, headers: { authorization: 'Bearer token' } });
  expect(await flags.boolean('new-cart', false, 'anna')).toBe(true);
  expect(await flags.boolean('new-cart', true, { targetingKey: 'bert', plan: 'free' })).toBe(false);
  await withRequest(contextOf({ headers: {}, method: 'GET', url: '/' }), async () => {
    identify({ userId: 'anna', tenantId: 't1' });
    expect(await flags.boolean('new-cart', false)).toBe(true);
  });
  expect(asked.map(({ context }) => context)).toEqual([
    { targetingKey: 'anna' },
    { targetingKey: 'bert', plan: 'free' },
    { targetingKey: 'anna', tenantId: 't1' },
  ]);
  expect(asked[0]).toMatchObject({
    path: '/ofrep/v1/evaluate/flags/new-cart',
    authorization: 'Bearer token',
  });
});

test('a flag that the server does not know, or with another type, comes from the environment', async () => {
  const { url } = await serveFlags();
  const { log, lines } = keptLog();
  const flags = createFlags({ url, env }, { log });
  expect(await flags.number('limit', 1)).toBe(50);
  expect(await flags.string('theme', 'light')).toBe('dark');
  expect(await flags.string('limit', 'none')).toBe('5');
  expect(await flags.boolean('unknown', true)).toBe(true);
  expect(lines).toEqual([]); // it is not away
});

test('a server that is away, or fails, is said once; the environment decides meanwhile', async () => {
  const { log, messages } = keptLog();
  const first = await serveFlags(0, (response) => void response.writeHead(500).end());
  const flags = createFlags({ url: first.url, env }, { log });
  expect(await flags.number('limit', 1)).toBe(5);
  await first.close();
  expect(await flags.number('limit', 1)).toBe(5);
  const warnings = () => messages().filter((message) => String(message).startsWith('flags'));
  expect(warnings()).toEqual(['flags come from the environment: their server is away']);
  await serveFlags(first.port);
  expect(await flags.number('limit', 1)).toBe(50);
  expect(warnings()[1]).toBe('flags come from their server again');
});

test('a server that does not answer is not waited for long', async () => {
  const { url } = await serveFlags(0, () => undefined);
  const flags = createFlags({ url, env, timeout: 100 });
  expect(await flags.number('limit', 1)).toBe(5);
});

test('who was given what is told; a listener that fails breaks nothing', async () => {
  const { url } = await serveFlags();
  const { log, messages } = keptLog();
  const exposures: Exposure[] = [];
  const onExposure = (exposure: Exposure) => {
    exposures.push(exposure);
    if (exposure.flag === 'limit') throw new Error('full');
  };
  const flags = createFlags({ url, env, onExposure }, { log });
  await flags.boolean('new-cart', false, 'anna');
  expect(await flags.number('limit', 1, 'bert')).toBe(50);
  await flags.boolean('unknown', true);
  expect(exposures).toEqual([
    { flag: 'new-cart', value: true, variant: 'v1', reason: 'TARGETING_MATCH', who: 'anna' },
    { flag: 'limit', value: 50, variant: 'v1', reason: 'TARGETING_MATCH', who: 'bert' },
    { flag: 'unknown', value: true, variant: null, reason: 'DEFAULT', who: null },
  ]);
  expect(messages()).toContain('an exposure was not recorded');
});
