import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HistoryItem, Problem, StatusView } from '#api';
import { startServer, type TestServer } from '../store/postgres-server.fixture.ts';
import { type ControlFile, readControlFiles } from './control-file.ts';

/** Two control planes of one folder on a real Postgres, as processes of their own. */
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const environment = '/v1/environments/dev';
const children: ChildProcess[] = [];
let server: TestServer;
let folder = '';

beforeAll(async () => {
  server = await startServer();
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fairway-two-')));
  mkdirSync(join(folder, 'web'));
  writeFileSync(join(folder, 'web', 'main.mjs'), program);
  writeFileSync(join(folder, 'fairway.config.yaml'), definition);
}, 60_000);

afterAll(async () => {
  const [any] = readControlFiles(folder);
  if (any !== undefined) {
    await post(any, 'down', { erase: true });
    await until(
      async () => (await look<StatusView>(any, 'status')).status,
      (status) => status === 'down',
      30_000,
    );
  }
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(children.map(ended));
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
}, 90_000);

const definition = `name: shop
services:
  web:
    folder: web
    command: [node, main.mjs]
    exposure: public
    replicas: 1
    probes: { live: /healthz, ready: /readyz }
    shutdown: { drain: 1s, websocketDrain: 1s, grace: 1s }
    strategy: { kind: canary, steps: [{ weight: 50%, hold: 10m }] }
environments:
  dev: { target: local }
`;
const program = `import { createServer } from 'node:http';
createServer((_, response) => response.end('fine')).listen(Number(process.env.PORT), '127.0.0.1');
`;

test('one is in charge, the other one reads and says who it is, and takes over what a dead one began', {
  timeout: 120_000,
}, async () => {
  const first = await plane();
  await post(first, 'up', { by: 'ann' });
  await until(
    () => look<StatusView>(first, 'status'),
    ({ release, rollout }) => release?.number === 1 && rollout === null,
  );
  const second = await plane();
  const set = [{ service: 'web', key: 'VERSION', value: '2' }];
  expect((await post(first, 'releases', { by: 'ann', note: 'two', set })).status).toBe(202);

  const read = await until(
    () => look<StatusView>(second, 'status'),
    ({ rollout }) => rollout?.phase === 'holding',
  );
  expect(read.inCharge).toMatchObject({ owner: expect.stringContaining(first.address), ours: false });
  expect(read).toMatchObject({ release: { number: 1 }, rollout: { release: 2 } });
  expect((await look<HistoryItem[]>(second, 'history'))[0]).toMatchObject({ release: 2, note: 'two' });
  const events = await (await ask(second, 'events?follow=false')).text();
  expect(events).toContain('50 % of the requests go to the new revision');
  const followed = firstEventOf(second, 'pause');

  const refused = await post(second, 'pause', {});
  expect(refused.status).toBe(409);
  expect(refused.body).toMatchObject({
    code: 'lease_held',
    exit: 5,
    facts: { owner: expect.stringContaining(first.address), expires: expect.any(Number) },
  });
  expect((await post(second, 'down', {})).body.code).toBe('lease_held');
  expect((await post(first, 'pause', { by: 'bob', note: 'looking' })).status).toBe(202);
  expect(await followed).toContain('paused by bob: looking');

  process.kill(first.pid, 'SIGKILL');
  const taken = await until(
    () => post(second, 'resume', { by: 'bob' }),
    ({ status }) => status === 202,
    25_000,
  );
  expect(taken.status).toBe(202);
  const after = await look<StatusView>(second, 'status');
  expect(after).toMatchObject({
    inCharge: { ours: true },
    rollout: { release: 2, phase: 'holding', paused: null },
  });
});

/** Starts a control plane; the password of the store is in its environment only. */
async function plane(): Promise<ControlFile> {
  const known = new Set(readControlFiles(folder).map(({ pid }) => pid));
  const shown = server.url.replace(/:[^:@]*@/, '@');
  const child = spawn(process.execPath, [main, 'serve', folder, '--store', shown], {
    env: { ...process.env, FAIRWAY_STORE_URL: server.url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  const files = await until(
    () => readControlFiles(folder),
    (all) => all.some(({ pid }) => !known.has(pid)),
  );
  const file = files.find(({ pid }) => !known.has(pid));
  if (file === undefined) throw new Error('no control plane came');
  return file;
}

function ask(file: ControlFile, path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${file.control}`, 'content-type': 'application/json' };
  const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
  return fetch(`${file.address}${environment}/${path}`, { ...init, signal: AbortSignal.timeout(30_000) });
}

const look = async <T>(file: ControlFile, path: string) => (await (await ask(file, path)).json()) as T;

async function post(
  file: ControlFile,
  path: string,
  body: object,
): Promise<{ status: number; body: Problem }> {
  const answer = await ask(file, path, body);
  return { status: answer.status, body: (await answer.json()) as Problem };
}

/** The first event of a kind that a follower is told while it follows. */
async function firstEventOf(file: ControlFile, type: string): Promise<string> {
  const answer = await ask(file, 'events?after=0');
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const found = text.split('\n').find((line) => line.includes(`"type":"${type}"`));
    if (found !== undefined) return found;
  }
  return '';
}

async function until<T>(see: () => Promise<T> | T, isSo: (value: T) => boolean, within = 20_000): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    const value = await see();
    if (isSo(value)) return value;
    if (Date.now() > end) throw new Error(`not so in time: ${JSON.stringify(value).slice(0, 1_000)}`);
    await new Promise((go) => setTimeout(go, 100));
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}
