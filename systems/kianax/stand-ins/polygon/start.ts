import type { Server } from 'node:http';
import { count, secret, type Host, type Parts, type Service } from 'fairway-kit';
import { honoHandler } from 'fairway-kit/hono';
import { Hono } from 'hono';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { beginnings, nextPrice } from './walk.ts';

const settings = {
  key: secret('POLYGON_API_KEY'),
  every: count('TICK_MILLIS', { least: 10, most: 60_000, fallback: 250 }),
};

/** Speaks as Polygon does, as far as we listen: a snapshot by REST, trades by WebSocket. Prices are made up. */
export const polygon: Service<typeof settings> = { name: 'stand-in-polygon', settings, start };

const message = z.object({ action: z.enum(['auth', 'subscribe']), params: z.string() });

function start({ settings: { key, every }, clock, random, stopping }: Host<typeof settings>): Promise<Parts> {
  const prices = new Map(Object.entries(beginnings));
  const listeners = new Set<WebSocket>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 4_096 });

  const tick = () => {
    const trades = [...prices].filter(() => random() < 0.6);
    const events = trades.map(([symbol, price]) => {
      const next = nextPrice(price, beginnings[symbol] ?? price, random);
      prices.set(symbol, next);
      return { ev: 'T', sym: symbol, p: next / 100, s: 1 + Math.floor(random() * 300), t: clock.now() };
    });
    if (events.length > 0) for (const socket of listeners) socket.send(JSON.stringify(events));
  };
  void (async () => {
    while (!stopping.aborted) {
      await clock.sleep(every, stopping);
      tick();
    }
  })();

  const app = new Hono();
  app.get('/v2/snapshot/locale/us/markets/stocks/tickers', (c) => {
    if (c.req.query('apiKey') !== key) return c.json({ status: 'ERROR', error: 'Unknown API Key' }, 401);
    const tickers = [...prices].map(([ticker, price]) => ({
      ticker,
      lastTrade: { p: price / 100, t: clock.now() * 1_000_000 },
      prevDay: { c: (beginnings[ticker] ?? price) / 100 },
    }));
    return c.json({ status: 'OK', tickers });
  });

  function accept(socket: WebSocket): void {
    const status = (status: string, text: string) =>
      socket.send(JSON.stringify([{ ev: 'status', status, message: text }]));
    let isKnown = false;
    socket.on('error', () => socket.terminate());
    socket.on('close', () => listeners.delete(socket));
    socket.on('message', (data: Buffer) => {
      const { action, params } = message.parse(JSON.parse(data.toString()));
      if (action === 'auth') {
        isKnown = params === key;
        return status(isKnown ? 'auth_success' : 'auth_failed', '');
      }
      if (!isKnown) return socket.close(1008, 'not authenticated');
      listeners.add(socket);
      status('success', `subscribed to: ${params}`);
    });
    status('connected', 'Connected Successfully');
  }

  return Promise.resolve({
    handler: honoHandler(app),
    attach(server: Server) {
      server.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head, accept));
    },
    finish() {
      for (const socket of sockets.clients) socket.close(1012, 'service restart');
      return Promise.resolve();
    },
  });
}
