import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { WebSocket } from 'ws';
import { postgresProtocols, runCheck, url } from 'fairway-kit/check';
import { edgeAccess, visit } from './edge.ts';

const limit = 3_000;

/** Writes an event into the outbox and waits for it at a WebSocket. Green: it comes in less than 3 s. */
await runCheck({
  settings: { ...edgeAccess, databaseUrl: url('DATABASE_URL', postgresProtocols) },
  limit,
  unit: 'ms',
  deadline: 15_000,
  async work(world) {
    const { settings, signal } = world;
    const visitor = await visit(world);
    const mark = randomUUID();
    const database = new pg.Client({
      connectionString: settings.databaseUrl,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
    });
    let socket: WebSocket | null = null;
    try {
      await database.connect();
      socket = new WebSocket(new URL('/ws', settings.edgeUrl), {
        headers: visitor.headers,
        handshakeTimeout: 5_000,
      });
      await messageWith(socket, '"welcome"', signal);
      const begun = performance.now();
      const event = JSON.stringify({ userId: visitor.userId, mark });
      await Promise.all([
        messageWith(socket, mark, signal),
        database.query(`INSERT INTO outbox (topic, payload) VALUES ('probe', $1)`, [event]),
      ]);
      const value = Math.round(performance.now() - begun);
      return { ok: value < limit, value, detail: 'from the outbox to a WebSocket' };
    } finally {
      socket?.close();
      // What was found stands, even if the row stays for core to tidy up.
      await database.query(`DELETE FROM outbox WHERE payload->>'mark' = $1`, [mark]).catch(() => undefined);
      await database.end();
      await visitor.logOut();
    }
  },
});

/** Rejects when the socket closes first, or at the deadline. */
function messageWith(socket: WebSocket, part: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      if (data.toString('utf8').includes(part)) resolve();
    });
    socket.once('error', reject);
    socket.once('close', (code) => reject(new Error(`the WebSocket closed with ${code}`)));
    signal.addEventListener('abort', () => reject(new Error('the WebSocket stayed silent')), { once: true });
  });
}
