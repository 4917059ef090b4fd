import { createServer } from 'node:net';
import { fail, ok, type Result } from '#kernel';

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
