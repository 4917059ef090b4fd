import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { WebSocket } from 'ws';
import { postgresProtocols, url } from '../services/common/settings.ts';
import { runCheck } from './check.ts';
import { edgeAccess, visit } from './edge.ts';

const limit = 3_000;

/** Writes an event into the outbox and waits for it at a WebSocket. Green: it comes in less than 3 s. */
await runCheck(
  {
    settings: { ...edgeAccess, databaseUrl: url('DATABASE_URL', postgresProtocols) },
    limit,
    unit: 'ms',
    deadlineMillis: 15_000,
    async work(world) {
      const { settings, signal } = world;
      const visitor = await visit(world);
      const mark = randomUUID();
      const database = new pg.Client({
        connectionString: settings.databaseUrl,
        connectionTimeoutMillis: 5_000,
        query_timeout: 5_000,
      });
      const socket = new WebSocket(new URL('/ws', settings.edgeUrl), {
        headers: visitor.headers,
        handshakeTimeout: 5_000,
      });
      try {
        await database.connect();
        await messageWith(socket, '"welcome"', signal);
        const arrived = messageWith(socket, mark, signal);
        const begun = performance.now();
        await database.query(`INSERT INTO outbox (topic, payload) VALUES ('probe', $1)`, [
          JSON.stringify({ userId: visitor.userId, mark }),
        ]);
        await arrived;
        const value = Math.round(performance.now() - begun);
        return { ok: value < limit, value, detail: 'from the outbox to a WebSocket' };
      } finally {
        socket.close();
        // What was found stands, even if the row stays for core to tidy up.
        await database.query(`DELETE FROM outbox WHERE payload->>'mark' = $1`, [mark]).catch(() => undefined);
        await database.end();
        await visitor.logOut();
      }
    },
  },
  process,
);

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
