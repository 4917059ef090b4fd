import { request } from 'node:http';
import type { Clock, Millis } from '#kernel';
import { withDeadline } from './ask.ts';
import { messageOf } from './files.ts';
import type { Answer } from './health.ts';

/** POSTs a path on a replica's own port. Any 2xx within the timeout is a success. Never rejects. */
export function tellReplica(
  ask: { readonly port: number; readonly path: string; readonly timeout: Millis },
  clock: Clock,
  signal: AbortSignal,
): Promise<Answer> {
  return withDeadline(ask.timeout, clock, signal, (until) => post(ask.port, ask.path, until));
}

function post(port: number, path: string, until: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        agent: false,
        signal: until,
        headers: { 'user-agent': 'fairway', 'content-length': 0 },
      },
      (response) => {
        const status = response.statusCode ?? 0;
        response.destroy();
        const isDone = status >= 200 && status < 300;
        resolve(isDone ? { ok: true } : { ok: false, detail: `POST ${path} answered ${status}` });
      },
    );
    asked.on('error', (reason) => resolve({ ok: false, detail: `POST ${path}: ${messageOf(reason)}` }));
    asked.end();
  });
}
