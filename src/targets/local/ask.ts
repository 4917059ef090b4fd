import { request } from 'node:http';
import { connect } from 'node:net';
import type { Probe } from '#core/system';
import type { Clock, Millis } from '#kernel';
import { seconds } from '#kernel';
import { codeOf, messageOf } from './files.ts';
import { type Answer, refused } from './health.ts';
import { inWords } from './text.ts';

/**
 * Asks a replica: GET of the probe's path, where 200 to 399 within the timeout is a success; without a probe, whether
 * it accepts connections. Never rejects.
 */
export async function askReplica(
  port: number,
  probe: Probe | null,
  clock: Clock,
  signal: AbortSignal,
): Promise<Answer> {
  const timeout = probe?.timeout ?? seconds(1);
  return withDeadline(timeout, clock, signal, (until) =>
    probe === null ? tryConnect(port, until) : get(port, probe.path, until),
  );
}

/** The answer, or that there was none in time. */
export async function withDeadline(
  timeout: Millis,
  clock: Clock,
  signal: AbortSignal,
  ask: (until: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const over = new AbortController();
  const tooLate = clock
    .sleep(timeout, AbortSignal.any([signal, over.signal]))
    .then((): Answer => ({ ok: false, detail: `no answer within ${inWords(timeout)}` }));
  try {
    return await Promise.race([ask(over.signal), tooLate]);
  } finally {
    over.abort();
  }
}

function get(port: number, path: string, until: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        agent: false,
        signal: until,
        headers: { 'user-agent': 'fairway-probe' },
      },
      (response) => {
        const status = response.statusCode ?? 0;
        response.destroy();
        resolve(
          status >= 200 && status < 400
            ? { ok: true }
            : { ok: false, detail: `GET ${path} answered ${status}` },
        );
      },
    );
    asked.on('error', (reason) => resolve({ ok: false, detail: reasonInWords(reason) }));
    asked.end();
  });
}

function tryConnect(port: number, until: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, signal: until });
    socket.on('connect', () => {
      socket.destroy();
      resolve({ ok: true });
    });
    socket.on('error', (reason) => resolve({ ok: false, detail: reasonInWords(reason) }));
  });
}

function reasonInWords(reason: unknown): string {
  if (codeOf(reason) === 'ECONNREFUSED') return refused;
  if (codeOf(reason) === 'ECONNRESET') return 'connection closed without an answer';
  return messageOf(reason);
}
