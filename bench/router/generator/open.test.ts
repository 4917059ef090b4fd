import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openLoop } from './open.ts';
import { quantile } from './task.ts';

test('a server that stops for a second cannot hide it: what was due meanwhile waited', async () => {
  const kept: ServerResponse[] = [];
  let isStopped = false;
  const port = await serve((_, response) => {
    if (isStopped) kept.push(response);
    else response.end('ok');
  });
  setTimeout(() => (isStopped = true), 1_000);
  setTimeout(() => {
    isStopped = false;
    for (const response of kept) response.end('ok');
  }, 2_000);
  // Of 900 requests about 300 are due in that second; a closed loop of 4 connections would have seen 4 slow ones.
  const { samples, failures } = await openLoop({ ports: [port], connections: 4, rate: 300, seconds: 3 });
  const latencies = samples.filter((_, at) => at % 2 === 1);
  expect(failures).toEqual({ status: 0, lost: 0, unanswered: 0 });
  expect(latencies).toHaveLength(900);
  expect(latencies.filter((each) => each > 100_000).length).toBeGreaterThan(200);
  expect(quantile(latencies, 0.99)).toBeGreaterThan(900_000);
});

test('each failure is counted, and as what it is', async () => {
  let number = 0;
  const port = await serve((request, response) => {
    number += 1;
    if (number % 10 === 5) request.socket.destroy();
    else if (number % 10 === 6) response.writeHead(503, { 'content-length': '2' }).end('no');
    else if (number % 100 !== 7) response.end('ok');
  });
  const { requests, failures } = await openLoop({ ports: [port], connections: 16, rate: 400, seconds: 1 });
  expect(requests).toBe(400);
  expect(failures).toEqual({ status: 40, lost: 40, unanswered: 4 });
});

async function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
