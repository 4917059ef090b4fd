import { Worker } from 'node:worker_threads';
import { type Connection, openConnection } from './connection.ts';
import { monotonicMicros, type OpenAnswered, quantile } from './task.ts';

interface Ask {
  readonly ports: readonly number[];
  readonly connections: number;
  readonly rate: number;
  readonly seconds: number;
}

const leadMicros = 200_000; // for the pacer to start and the connections to open
const graceMillis = 2_000;

/**
 * Sends at an even rate without waiting for answers. A latency runs from the time at which the request should have been
 * sent: what waits for a free connection counts, so a proxy that stops for a moment cannot hide it.
 */
export async function openLoop({ ports, connections, rate, seconds }: Ask): Promise<OpenAnswered> {
  const total = Math.max(1, Math.floor(rate * seconds));
  const began = monotonicMicros() + leadMicros;
  const intendedOf = (number: number) => began + (number * 1_000_000) / rate;
  const idle: Connection[] = [];
  const underWay = new Map<Connection, number>();
  const samples: number[] = [];
  const delays: number[] = [];
  let [due, sent, status, lost] = [0, 0, 0, 0];
  const { promise: finished, resolve: finish } = Promise.withResolvers<null>();

  function sendDue(): void {
    while (sent < due) {
      const connection = idle.pop();
      if (connection === undefined) return;
      underWay.set(connection, sent);
      sent += 1;
      connection.send();
    }
  }

  function endOf(connection: Connection): void {
    const number = underWay.get(connection) ?? 0;
    underWay.delete(connection);
    const intended = intendedOf(number);
    samples.push(Math.round(intended - began), Math.round(monotonicMicros() - intended));
    if (sent === total && underWay.size === 0) finish(null);
  }

  const all = Array.from({ length: Math.max(connections, ports.length) }, (_, at) =>
    openConnection(ports[at % ports.length] ?? 0, {
      onIdle(connection) {
        idle.unshift(connection); // in turn, so that all ports and connections are used
        sendDue();
      },
      onAnswer(connection, code) {
        if (code !== 200) status += 1;
        endOf(connection);
      },
      onLost(connection, wasBusy) {
        const at = idle.indexOf(connection);
        if (at !== -1) idle.splice(at, 1);
        if (!wasBusy) return;
        lost += 1;
        endOf(connection);
      },
    }),
  );
  const pacer = new Worker(new URL('./pacer.ts', import.meta.url), { workerData: { began, rate, total } });
  pacer.on('message', () => {
    delays.push(monotonicMicros() - intendedOf(due));
    due += 1;
    sendDue();
  });
  const limit = setTimeout(() => finish(null), leadMicros / 1_000 + seconds * 1_000 + graceMillis);
  await finished;
  clearTimeout(limit);
  for (const connection of all) connection.end();
  await pacer.terminate();
  const unanswered = total - samples.length / 2;
  return {
    requests: total,
    failures: { status, lost, unanswered },
    seconds,
    began,
    samples,
    ownDelay: quantile(delays, 0.99),
  };
}
