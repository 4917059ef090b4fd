import { openConnection } from './connection.ts';
import { type Answered, monotonicMicros } from './task.ts';

/** As many requests as the connections carry, one at a time on each. For machines without wrk. */
export async function closedLoop(ask: {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
}): Promise<Answered> {
  let [requests, status, lost] = [0, 0, 0];
  const began = monotonicMicros();
  const all = Array.from({ length: ask.connections }, () =>
    openConnection(ask.port, {
      onIdle: (connection) => connection.send(),
      onAnswer(_, code) {
        requests += 1;
        if (code !== 200) status += 1;
      },
      onLost(_, wasBusy) {
        if (wasBusy) lost += 1;
      },
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, ask.seconds * 1_000));
  const took = (monotonicMicros() - began) / 1_000_000;
  for (const connection of all) connection.end();
  return { requests, failures: { status, lost, unanswered: 0 }, seconds: took };
}
