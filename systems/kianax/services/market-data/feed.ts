import type { Client, Clock, Log } from 'fairway-kit';
import { WebSocket } from 'ws';
import type { Board } from './board.ts';
import { type MarketQuote, quotesInSnapshot, statusInMessage, tradesInMessage } from './quotes.ts';

export interface FeedWorld {
  readonly client: Client;
  readonly streamUrl: string;
  readonly key: string;
  readonly board: Board;
  readonly clock: Clock;
  readonly log: Log;
}

/** A busy market trades thousands of times a second; browsers are told four times. */
const publishMillis = 250;
const reconnectMillis = [500, 1_000, 2_000, 5_000, 10_000] as const;

/** Takes the snapshot, then follows the stream; connects again when it ends. Resolves when `signal` is aborted. */
export async function follow(world: FeedWorld, signal: AbortSignal): Promise<void> {
  const { clock, log } = world;
  for (let failures = 0; !signal.aborted; ) {
    try {
      await begin(world);
      await listen(world, signal);
      failures = 0;
    } catch (reason) {
      failures += 1;
      log.warning('the vendor does not answer', { failures, reason });
    }
    if (!signal.aborted)
      await clock.sleep(reconnectMillis[Math.min(failures, reconnectMillis.length - 1)] ?? 0, signal);
  }
}

async function begin({ client, key, board }: FeedWorld): Promise<void> {
  const path = `/v2/snapshot/locale/us/markets/stocks/tickers?apiKey=${encodeURIComponent(key)}`;
  const { status, body } = await client.call('GET', path);
  if (status !== 200) throw new Error(`the snapshot was answered with ${status}`);
  await board.publish(quotesInSnapshot(body));
}

/** Resolves when the stream ends in good order, rejects when it does not begin. */
function listen({ streamUrl, key, board, clock, log }: FeedWorld, signal: AbortSignal): Promise<void> {
  const socket = new WebSocket(streamUrl, { handshakeTimeout: 5_000, maxPayload: 1_000_000 });
  const fresh = new Map<string, MarketQuote>();
  const over = new AbortController();
  const close = () => socket.close();
  signal.addEventListener('abort', close);

  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    const status = statusInMessage(text);
    if (status === 'connected') socket.send(JSON.stringify({ action: 'auth', params: key }));
    if (status === 'auth_success') socket.send(JSON.stringify({ action: 'subscribe', params: 'T.*' }));
    if (status === 'auth_failed') log.error('the vendor does not know our key', { reason: status });
    for (const trade of status === null ? tradesInMessage(text) : []) {
      const closeCents = board.get(trade.symbol)?.closeCents ?? null;
      fresh.set(trade.symbol, { ...trade, closeCents });
    }
  });
  void (async () => {
    while (!over.signal.aborted) {
      await clock.sleep(publishMillis, over.signal);
      const quotes = [...fresh.values()];
      fresh.clear();
      await board
        .publish(quotes)
        .catch((reason: unknown) => log.warning('quotes were not published', { reason }));
    }
  })();

  return new Promise<void>((resolve, reject) => {
    socket.on('close', () => resolve());
    socket.on('error', reject);
  }).finally(() => {
    over.abort();
    signal.removeEventListener('abort', close);
    socket.terminate();
  });
}
