import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectSecond } from 'node:http2';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { Agent, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EdgeSettings } from '#edge';
import { seededRandom } from '#kernel';
import { noPebble, startPebble } from '../../edge/certificates/pebble.fixture.ts';
import { selfSigned } from '../../edge/certificates/self-signed.fixture.ts';
import { createPlane, type LocalPlane } from '../plane.ts';
import { pickPort, systemClock, until, value } from '../testing/place.ts';
import { startService } from '../testing/service.ts';
import { createEdgeKeeper } from './keeper.ts';
import { ask, defaults } from './testing/place.ts';

/** A keeper over several planes of this process, with one service behind them. */
async function stand(planeCount = 1) {
  const folder = await mkdtemp(join(tmpdir(), 'fairway keeper-'));
  const service = await startService('one');
  const planes: LocalPlane[] = [];
  const options = { clock: systemClock, random: seededRandom(3) };
  const route = {
    ...{ service: 'web', port: await pickPort(), preview: null, affinity: null },
    arms: [
      {
        revision: 'one',
        role: 'stable' as const,
        weight: 100,
        endpoints: [{ replica: 'one', port: service.port }],
      },
    ],
  };
  for (let count = 0; count < planeCount; count += 1) {
    const plane = createPlane(options);
    await plane.take({ routes: [route], gone: [] });
    planes.push(plane);
  }
  const lines: string[] = [];
  const keep = () =>
    createEdgeKeeper({
      ...options,
      folder,
      planes,
      secret: 's',
      log: (facts) => lines.push(JSON.stringify(facts)),
    });
  const keeper = keep();
  onTestFinished(async () => {
    keeper.close();
    await Promise.all(planes.map((plane) => plane.close(0)));
    await service.kill();
    await rm(folder, { recursive: true, force: true });
  });
  const [port, plainPort] = [await pickPort(), await pickPort()];
  const settings = async (more: Partial<EdgeSettings> = {}): Promise<EdgeSettings> => ({
    ...defaults,
    listen: [
      { address: '127.0.0.1', port, tls: 'files' },
      { address: '127.0.0.1', port: plainPort, tls: null },
    ],
    certificates: [await selfSigned(folder, 'app', ['app.test'])],
    ...more,
  });
  const order = async (more: Partial<EdgeSettings> = {}) => {
    value(await keeper.prepare(await settings(more)));
    await keeper.take();
    await until(() => keeper.state().certificates.length > 0);
  };
  const get = async () => {
    const agent = new Agent({
      allowH2: false,
      connect: { rejectUnauthorized: false, servername: 'app.test' },
    });
    const answer = await request(`https://127.0.0.1:${port}/`, {
      dispatcher: agent,
      headers: { host: 'app.test' },
    });
    await answer.body.dump();
    await agent.destroy();
    return answer.statusCode;
  };
  return { folder, keeper, keep, lines, port, plainPort, settings, order, get };
}

test('certificates of files are shown, and shown anew when they change', async () => {
  const place = await stand();
  await place.order();
  expect(await place.get()).toBe(200);
  expect(place.keeper.state()).toMatchObject({
    isDeclared: true,
    certificates: [{ names: ['app.test'] }],
    problems: {},
  });
  await selfSigned(place.folder, 'app', ['app.test', 'www.app.test']);
  await until(() => place.keeper.state().certificates[0]?.names.length === 2);
  await writeFile(join(place.folder, 'app.pem'), 'rubbish');
  await until(() => Object.keys(place.keeper.state().problems).length === 1);
  expect(await place.get()).toBe(200); // the one before is shown on
  expect(place.lines.join('\n')).toContain('CERTIFICATE NOT AVAILABLE');
});

test('a port that somebody has is refused, also where threads share ports, and nothing changes', async () => {
  const place = await stand(2);
  await place.order();
  const stranger = createServer();
  const taken = await new Promise<number>((resolve) => {
    // One that would share: the system alone would let both have it.
    stranger.listen({ port: 0, host: '127.0.0.1', reusePort: true }, () =>
      resolve((stranger.address() as { port: number }).port),
    );
  });
  onTestFinished(() => void stranger.close());
  const refused = await place.keeper.prepare(
    await place.settings({ listen: [{ address: '127.0.0.1', port: taken, tls: 'files' }] }),
  );
  expect(refused).toMatchObject({ ok: false, error: { code: 'edge_listen_failed', facts: { port: taken } } });
  await place.keeper.take();
  expect(await place.get()).toBe(200);
});

test('two threads share port, rate limits and counters', async () => {
  const place = await stand(2);
  const rule = {
    name: 'per-ip',
    per: 'ip',
    requests: 10,
    everyMillis: 3_600_000,
    burst: 10,
    paths: [],
  } as const;
  await place.order({ rateLimits: [{ ...rule, paths: [] }] });
  const statuses = [];
  for (let count = 0; count < 14; count += 1) statuses.push(await place.get());
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(4);
  const text = await place.keeper.metrics();
  const served = [...text.matchAll(/^fairway_edge_requests_total\{.*\} (\d+)$/gm)].map(([, count]) =>
    Number(count),
  );
  expect(served).toEqual([10]);
  expect(text).toContain('fairway_edge_rate_limited_total{rule="per-ip"} 4');
  const types = text.split('\n').filter((line) => line.startsWith('# TYPE'));
  expect(new Set(types).size).toBe(types.length);
});

test('the page of the maintenance is the declared file, and one that is missing is told', async () => {
  const place = await stand();
  await writeFile(join(place.folder, 'closed.html'), '<h1>closed</h1>');
  const maintenance = (file: string) => ({
    on: true,
    file: join(place.folder, file),
    retryAfterMillis: 1_000,
    testers: [],
  });
  await place.order({ maintenance: maintenance('closed.html') });
  const agent = new Agent({ allowH2: false, connect: { rejectUnauthorized: false, servername: 'app.test' } });
  onTestFinished(() => agent.destroy());
  const page = await request(`https://127.0.0.1:${place.port}/`, {
    dispatcher: agent,
    headers: { host: 'app.test' },
  });
  expect([page.statusCode, await page.body.text()]).toEqual([503, '<h1>closed</h1>']);
  await place.order({ maintenance: maintenance('gone.html') });
  expect(await place.get()).toBe(503);
  expect(place.lines.join('\n')).toContain('MAINTENANCE PAGE NOT READ');
});

test('maintenance is switched while it runs, and a new process remembers it', async () => {
  const place = await stand();
  await place.order();
  expect(value(await place.keeper.setMaintenance(true)).isInMaintenance).toBe(true);
  expect(await place.get()).toBe(503);
  const next = place.keep();
  value(await next.prepare(null));
  expect(next.state().isInMaintenance).toBe(true);
  next.close();
  value(await place.keeper.setMaintenance(null));
  expect(await place.get()).toBe(200);
});

const reason = noPebble === null ? '' : ` (skipped: ${noPebble})`;
describe.skipIf(noPebble !== null)(`a certificate authority${reason}`, () => {
  test('issues a certificate of 12 s, and renews it under visitors without a lost connection', {
    timeout: 60_000,
  }, async () => {
    const place = await stand();
    const pebble = await startPebble(place.folder, { httpPort: place.plainPort, validSeconds: 12 });
    onTestFinished(() => pebble.stop());
    await place.order({
      listen: [
        { address: '127.0.0.1', port: place.port, tls: 'acme' },
        { address: '127.0.0.1', port: place.plainPort, tls: null },
      ],
      certificates: [],
      acme: { directory: pebble.directory, email: 'ops@app.test', authority: pebble.authority },
    });
    const first = place.keeper.state().certificates[0];
    const session = connectSecond(`https://127.0.0.1:${place.port}`, {
      rejectUnauthorized: false,
      servername: 'app.test',
    });
    onTestFinished(() => session.destroy());
    const statuses: number[] = [];
    const seen = new Set<string>();
    const isRenewed = () => place.keeper.state().certificates[0]?.notAfter !== first?.notAfter;
    while (!isRenewed() || seen.size < 2) {
      statuses.push((await ask(session, '/')).status, await place.get());
      seen.add(await shownAt(place.port));
      await delay(20);
    }
    statuses.push((await ask(session, '/')).status);
    expect(Date.now()).toBeLessThan(first?.notAfter ?? 0);
    expect(statuses.length).toBeGreaterThan(50);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(place.keeper.state().problems).toEqual({});
  });
});

function shownAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      { host: '127.0.0.1', port, servername: 'app.test', rejectUnauthorized: false },
      () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      },
    );
    socket.once('error', reject);
  });
}
