import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { selfSigned } from '../../edge/certificates/self-signed.fixture.ts';
import { readRecord } from '../state-folder.ts';
import { pickPort, stable, tableOf, until, value } from '../testing/place.ts';
import { makeRouterFolder, startRouterIn } from '../testing/router-process.ts';
import { startService } from '../testing/service.ts';
import { defaults } from './testing/place.ts';

/** A router as a process of its own, with an edge before one service. */
async function stand(workers: number) {
  const folder = await makeRouterFolder();
  const certificates = await mkdtemp(join(tmpdir(), 'fairway edge-'));
  const service = await startService('one');
  onTestFinished(async () => {
    await service.kill();
    await rm(certificates, { recursive: true, force: true });
  });
  const port = await pickPort();
  const routes = [
    {
      ...{ service: 'web', port: await pickPort(), preview: null, affinity: null },
      arms: [stable(100, service)],
    },
  ];
  const edge = {
    ...defaults,
    listen: [{ address: '127.0.0.1', port, tls: 'files' as const }],
    certificates: [await selfSigned(certificates, 'app', ['app.test'])],
  };
  const client = await startRouterIn(folder, workers);
  value(await client.setTable({ ...tableOf(1, 1, routes), edge }));
  const admin = async (method: 'GET' | 'PUT', path: string, body?: object) => {
    const token = (await readFile(join(folder, 'admin-token'), 'utf8')).trim();
    const { adminPort = 0 } = (await readRecord(folder)) ?? {};
    const answer = await request(`http://127.0.0.1:${adminPort}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return {
      status: answer.statusCode,
      type: answer.headers['content-type'],
      text: await answer.body.text(),
    };
  };
  await until(async () => (await admin('GET', '/edge')).text.includes('app.test'));
  return { folder, client, port, admin };
}

/** Visitors over both versions of HTTP with kept connections, and over a new one for each visit. */
function visitors(port: number) {
  const connect = { rejectUnauthorized: false, servername: 'app.test' };
  const kept = [false, true].map((allowH2) => new Agent({ allowH2, connect, connections: 2 }));
  let [answered, isOver] = [0, false];
  const problems: string[] = [];
  const visit = async (dispatcher: Agent) => {
    const headers = { host: 'app.test' };
    const answer = await request(`https://127.0.0.1:${port}/`, { dispatcher, headers });
    await answer.body.dump();
    return answer.statusCode;
  };
  const fresh = async () => {
    const agent = new Agent({ allowH2: false, connect });
    const status = await visit(agent);
    await agent.close();
    return status;
  };
  const all = [...kept, ...kept].map((agent) => () => visit(agent));
  const running = [...all, fresh].map(async (one) => {
    while (!isOver) {
      try {
        const status = await one();
        if (status === 200) answered += 1;
        else problems.push(`answered ${status}`);
      } catch (reason) {
        problems.push(String(reason));
      }
    }
  });
  return {
    answered: () => answered,
    problems,
    async stop() {
      isOver = true;
      await Promise.all(running);
      await Promise.all(kept.map((agent) => agent.destroy()));
    },
  };
}

test.each([1, 2])('an upgrade of a router with %i threads loses no visitor', async (workers) => {
  const { client, port } = await stand(workers);
  const going = visitors(port);
  await until(() => going.answered() > 50);
  const before = client.identity.pid;
  value(await client.upgrade({ workers, requestsMillis: 3_000, websocketsMillis: 100 }));
  expect(client.identity.pid).not.toBe(before);
  const seen = going.answered();
  await until(() => going.answered() > seen + 100);
  await delay(300);
  await going.stop();
  expect(going.problems).toEqual([]);
});

test('the admin port tells of the edge, closes it for work, and has the metrics', async () => {
  const { admin, port } = await stand(1);
  const agent = new Agent({ connect: { rejectUnauthorized: false, servername: 'app.test' } });
  onTestFinished(() => agent.destroy());
  const visit = async () => {
    const answer = await request(`https://127.0.0.1:${port}/`, {
      dispatcher: agent,
      headers: { host: 'app.test' },
    });
    await answer.body.dump();
    return answer.statusCode;
  };
  expect(await visit()).toBe(200);
  expect((await admin('PUT', '/edge', { maintenance: true })).status).toBe(200);
  expect(await visit()).toBe(503);
  expect((await admin('PUT', '/edge', { maintenance: null })).text).toContain('"isInMaintenance":false');
  expect(await visit()).toBe(200);
  const wrong = await admin('PUT', '/edge', { open: true });
  expect([wrong.status, wrong.text.includes('edge_request_invalid')]).toEqual([422, true]);
  await delay(50);
  const metrics = await admin('GET', '/metrics');
  expect(metrics.type).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = metrics.text.split('\n');
  expect(lines).toContain('fairway_router_requests_total{service="web",revision="revision-one"} 2');
  expect(lines).toContain(
    'fairway_edge_requests_total{service="web",revision="revision-one",code="2xx",protocol="h2"} 2',
  );
  expect(lines).toContain('fairway_edge_refused_total{reason="maintenance"} 1');
  for (const line of lines)
    expect(line).toMatch(/^(|# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? [\d.e+-]+)$/);
});
