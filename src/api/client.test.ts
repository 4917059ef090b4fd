import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { fail, ok } from '#kernel';
import { createClient } from './client.ts';

/** Against a real server, which tells what it was asked. */

const endings: (() => void)[] = [];
afterEach(() => endings.splice(0).forEach((end) => end()));

interface Asked {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

async function aPlane(answer: (asked: Asked, response: ServerResponse) => void) {
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method = '', url = '' } = request;
      const one = { line: `${method} ${url}`, authorization: request.headers.authorization, body };
      asked.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createClient(
    async () => ok({ address, token: 'secret' }),
    async () => undefined,
  );
  return { asked, client };
}

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

test('lines that are refused tell why, and lines that come do not', async () => {
  const { client } = await aPlane(({ line }, response) =>
    line.includes('bad')
      ? json(response, 422, { code: 'request_not_understood' })
      : response.end('one\ntwo\n'),
  );
  const read = async (service: string) => {
    const refusals: unknown[] = [];
    const ask = { params: { environment: 'dev' }, query: { service } };
    const lines = client.lines(
      'GET /v1/environments/{environment}/logs',
      ask,
      new AbortController().signal,
      (refusal) => refusals.push(refusal),
    );
    const came: string[] = [];
    for await (const line of lines) came.push(line);
    return [came, refusals];
  };
  expect(await read('web')).toEqual([['one', 'two'], []]);
  expect(await read('bad')).toEqual([[], [{ problem: { code: 'request_not_understood' } }]]);
});

describe('a call', () => {
  test('is sent as its route says, with what stands in the path escaped', async () => {
    const { client, asked } = await aPlane((_, response) => json(response, 200, { revoked: true }));
    const ended = await client.call('DELETE /v1/access/tokens/{id}', { params: { id: 'a/b?c' } });
    expect(ended).toEqual(ok({ revoked: true }));
    expect(asked).toEqual([
      { line: 'DELETE /v1/access/tokens/a%2Fb%3Fc', authorization: 'Bearer secret', body: '' },
    ]);
  });

  test('carries its query without what is left out, and its body as JSON', async () => {
    const { client, asked } = await aPlane((_, response) => json(response, 200, []));
    const params = { environment: 'dev' };
    await client.call('GET /v1/environments/{environment}/explain', { params, query: { release: 7 } });
    await client.call('GET /v1/environments/{environment}/explain', {
      params,
      query: { release: undefined },
    });
    await client.call('POST /v1/environments/{environment}/up', { params, body: { by: 'ann' } });
    expect(asked.map(({ line, body }) => [line, body])).toEqual([
      ['GET /v1/environments/dev/explain?release=7', ''],
      ['GET /v1/environments/dev/explain', ''],
      ['POST /v1/environments/dev/up', '{"by":"ann"}'],
    ]);
  });

  test('that is refused gives the problem', async () => {
    const problem = { type: 'urn:x', title: 'No.', status: 409, code: 'lease_held', hint: '', exit: 5 };
    const { client } = await aPlane((_, response) => json(response, 409, problem));
    expect(await client.call('GET /v1/control', {})).toEqual({ ok: false, error: { problem } });
  });

  test('that reaches nobody is a failure with the reason', async () => {
    const connect = async () => ok({ address: 'http://127.0.0.1:1', token: '' });
    const answer = await createClient(connect, async () => undefined).call('GET /v1/control', {});
    expect(answer).toMatchObject({ ok: false, error: { failure: { code: 'control_plane_unreachable' } } });
  });

  test('without a control plane says what finding it said', async () => {
    const client = createClient(
      async () => fail('no_control_plane'),
      async () => undefined,
    );
    expect(await client.call('GET /v1/control', {})).toEqual({
      ok: false,
      error: { failure: fail('no_control_plane').error },
    });
  });
});

test('events are followed over a lost connection, from the last one on', async () => {
  const { client, asked } = await aPlane((_, response) => {
    const next = asked.length;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`event: beat\ndata:\n\nid: ${next}\ndata: {"sequence":${next}}\n\n`);
  });
  const stop = new AbortController();
  const seen: number[] = [];
  for await (const { sequence } of client.events('dev', 0, stop.signal)) {
    seen.push(sequence);
    if (seen.length === 3) stop.abort();
  }
  expect(seen).toEqual([1, 2, 3]);
  expect(asked.map(({ line }) => line)).toEqual(
    [0, 1, 2].map((after) => `GET /v1/environments/dev/events?after=${after}`),
  );
});
