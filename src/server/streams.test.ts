import { serve } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import type { StatusView } from '#api';
import type { Engine } from '#engine';
import { aBench, stopEngines, until } from './bench.fixture.ts';
import { createDigests } from './digest.ts';
import { eventStream } from './streams.ts';

afterEach(stopEngines);

/** The journal of an environment that has been brought up, and how many listen to it. */
async function aJournal() {
  const bench = aBench();
  const { engine, clock } = bench;
  const status = async () => (await bench.ask<StatusView>('status')).body;
  await bench.ask('up', { by: 'ann' });
  await until(status, ({ release, rollout }) => release?.number === 1 && rollout === null);
  let listeners = 0;
  const counting: Engine = {
    ...engine,
    subscribe(listener) {
      listeners += 1;
      const end = engine.subscribe(listener);
      return () => {
        listeners -= 1;
        end();
      };
    },
  };
  const options = { engine: counting, clock, digests: createDigests() };
  const app = new Hono().get('/', (context) => eventStream(context, options, 'dev', ({ code }) => code));
  return { ...bench, events: app, status, listeners: () => listeners };
}

const idsIn = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

async function readUntil(response: Response, isEnough: (text: string) => boolean): Promise<string> {
  let text = '';
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (isEnough(text)) break;
  }
  return text;
}

describe('the journal as a stream', () => {
  it('goes on after the last event that a page has seen, and then tells what is new', async () => {
    const { events, ask } = await aJournal();
    const all = idsIn(await (await events.request('/?follow=false')).text());
    expect(all.length).toBeGreaterThan(5);
    const headers = { 'last-event-id': String(all[3]) };
    const response = await events.request('/', { headers });
    await ask('releases', { by: 'ann', note: '' });
    const told = idsIn(await readUntil(response, (text) => idsIn(text).length > all.length));
    expect(told.slice(0, all.length - 4)).toEqual(all.slice(4));
    for (const [i, id] of told.entries()) expect(id).toBe((told[0] ?? 0) + i);
  });

  it('beats while nothing happens: a page hears it, and a program that reads data skips it', async () => {
    const { events, clock } = await aJournal();
    const begun = clock.now();
    const text = await readUntil(await events.request('/'), (some) => some.split('event: beat').length > 3);
    expect(text.endsWith('event: beat\ndata:\n\n')).toBe(true);
    expect(clock.now() - begun).toBeLessThan(30_000); // three beats
  });

  it('is not listened to any more once its readers have left', async () => {
    const { events, listeners } = await aJournal();
    const responses = await Promise.all([1, 2, 3, 4].map(async () => events.request('/')));
    await until(listeners, (count) => count === 4);
    for (const response of responses) await response.body?.cancel();
    await until(listeners, (count) => count === 0);
    await (await events.request('/?follow=false')).text();
    expect(listeners()).toBe(0);
  });

  it('is ended for a browser that closes its connection', async () => {
    const { events, listeners } = await aJournal();
    const server = serve({ fetch: events.fetch, port: 0, hostname: '127.0.0.1' });
    await new Promise((go) => server.once('listening', go));
    const { port } = server.address() as AddressInfo;
    const left = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: left.signal });
    await readUntil(new Response(response.clone().body), (text) => text.includes('id: 1'));
    expect(listeners()).toBe(1);
    left.abort();
    await response.text().catch(() => '');
    await until(
      async () => {
        await new Promise((go) => setTimeout(go, 5));
        return listeners();
      },
      (count) => count === 0,
    );
    server.close();
  });
});
