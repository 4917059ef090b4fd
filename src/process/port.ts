import { createServer } from 'node:net';
import { type Clock, fail, millis, ok, type Result } from '#kernel';

/** A loopback port that is free at this moment. Somebody else may take it before it is used: check and ask again. */
export function freePort(): Promise<Result<number>> {
  return tryListen(0);
}

/** Whether a loopback port can be listened on now. Failure: `port_taken` (facts: port). */
export function probePort(port: number): Promise<Result<number>> {
  return tryListen(port);
}

function tryListen(port: number): Promise<Result<number>> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(fail('port_taken', { port })));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const found = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(ok(found)));
    });
  });
}

/** Why this address and port cannot be listened on now, in the system's words; null: they can. */
function reasonTaken(address: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (reason) => resolve(reason.message));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/**
 * The same, asked again for a second: the process before may have been killed this very moment, and the system needs
 * another one to free its ports.
 */
export async function reasonStillTaken(address: string, port: number, clock: Clock): Promise<string | null> {
  for (let attempt = 1; ; attempt += 1) {
    const reason = await reasonTaken(address, port);
    if (reason === null || attempt === 10) return reason;
    await clock.sleep(millis(100));
  }
}
