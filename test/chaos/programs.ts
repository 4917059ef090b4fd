/**
 * The programs of the little system that releases are killed in. Each tells the works office (`OFFICE`, in the test's
 * process) what it does, so that what happened in the world is known from the world and not from the control plane.
 */

/** Answers requests and WebSockets; ready a moment after it listens. */
export const web = `
import { createServer } from 'node:http';
const { PORT, HOST, OFFICE, WS, FAIRWAY_REPLICA: replica, FAIRWAY_REVISION: revision } = process.env;
const { WebSocketServer } = await import(WS);
const tell = (what) =>
  fetch(OFFICE + '/tell', { method: 'POST', body: JSON.stringify({ what, service: 'web', replica, revision, pid: process.pid }) });
let isReady = false;
const server = createServer((request, response) => {
  if (request.url === '/readyz') return response.writeHead(isReady ? 200 : 503).end();
  setTimeout(() => response.end(revision), 3);
});
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => socket.on('message', (text) => socket.send(text)));
process.on('SIGTERM', async () => {
  await tell('told to end');
  server.close(() => process.exit(0));
  for (const socket of sockets.clients) socket.close(1012);
});
await tell('started');
server.listen(Number(PORT), HOST, () => setTimeout(() => (isReady = true), 100));
`;

/** Takes jobs from the office while it is not paused; after `pause` was answered none is under way. */
export const worker = `
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
const { PORT, HOST, OFFICE, FAIRWAY_ROLE, FAIRWAY_REPLICA: replica, FAIRWAY_REVISION: revision } = process.env;
const ask = (path, body) =>
  fetch(OFFICE + path, { method: 'POST', body: JSON.stringify({ ...body, service: 'worker', replica, revision, pid: process.pid }) });
let isPaused = FAIRWAY_ROLE === 'passive';
let isEnding = false;
let present = Promise.resolve();
async function work() {
  const answer = await ask('/take');
  if (answer.status !== 200) return wait(20);
  const { job } = await answer.json();
  await wait(5 + Math.random() * 15);
  await ask('/done', { job });
}
const server = createServer(async (request, response) => {
  if (request.url === '/-/pause') {
    isPaused = true;
    await present;
  }
  if (request.url === '/-/resume') isPaused = false;
  response.end();
});
process.on('SIGTERM', async () => {
  isEnding = true;
  await ask('/tell', { what: 'told to end' });
  await present;
  process.exit(0);
});
await ask('/tell', { what: 'started' });
server.listen(Number(PORT), HOST);
while (!isEnding) {
  present = isPaused ? wait(10) : work();
  await present;
}
`;

/** A hook before the shares move: long enough to be met by a kill in its middle. */
export const hook = `
import { setTimeout as wait } from 'node:timers/promises';
const { OFFICE, FAIRWAY_REVISION: revision, FAIRWAY_RUN: replica } = process.env;
const tell = (what) =>
  fetch(OFFICE + '/tell', { method: 'POST', body: JSON.stringify({ what, service: 'hook', replica, revision, pid: process.pid }) });
await tell('started');
await wait(150);
await tell('ended');
`;
