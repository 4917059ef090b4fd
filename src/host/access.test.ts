import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { selfSigned } from '../edge/certificates/self-signed.fixture.ts';
import { freePort } from '#process';
import { systemClock } from './clock.ts';
import { readControlFiles } from './control-file.ts';
import { chooseListen, type Listen, onLoopback } from './listen.ts';
import { type Running, startControlPlane } from './serve.ts';

/** A control plane that listens, asked as browsers and programs ask it. */

let folder = '';
let running: Running | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairway-access-'));
  mkdirSync(join(folder, 'web'));
  writeFileSync(
    join(folder, 'fairway.config.yaml'),
    'name: shop\nservices:\n  web:\n    folder: web\n    command: [node, main.mjs]\nenvironments:\n  dev: { target: local }\n',
  );
});
afterEach(async () => {
  await running?.stop();
  running = null;
  rmSync(folder, { recursive: true, force: true });
});

async function start(listen: Listen = onLoopback): Promise<Running> {
  const options = {
    listen,
    store: { kind: 'own' } as const,
    report: () => undefined,
    shutdown: () => undefined,
  };
  const started = await startControlPlane(folder, systemClock, options);
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  running = started.value;
  return started.value;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly ca?: string;
}

/** Not by `fetch`, which sets `Host` itself. */
function send(url: string, { method = 'GET', headers = {}, body, ca }: Sent = {}) {
  const ask = url.startsWith('https:') ? tlsRequest : request;
  return new Promise<{
    status: number;
    headers: NodeJS.Dict<string | string[]>;
    body: Record<string, unknown>;
  }>((resolve, reject) => {
    const sending = ask(url, { method, headers, ca, servername: 'deploy.example.com' }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: json });
      });
    });
    sending.on('error', reject);
    sending.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const cookieOf = ({ headers }: Awaited<ReturnType<typeof send>>) =>
  String(headers['set-cookie']?.[0]).split(';', 1)[0] ?? '';

async function codeOf({ link }: { link: Running['link'] }): Promise<string> {
  const made = await link();
  return made.ok ? (made.value.url.split('#code=')[1] ?? '') : '';
}

const keyHeader = () => ({ authorization: `Bearer ${readControlFiles(folder)[0]?.control ?? ''}` });

test('a link opens it once, the login outlives the control plane, and no secret is left in its files', async () => {
  const first = await start();
  const code = await codeOf({ link: () => first.link() });
  const session = `${first.address}/v1/access/session`;
  const opened = await send(session, { method: 'POST', body: { code } });
  expect(opened.body).toMatchObject({ role: 'admin', via: 'session', system: 'shop' });
  const cookie = cookieOf(opened);
  expect((await send(session, { method: 'POST', body: { code } })).body).toMatchObject({ code: 'link_used' });

  const token = await send(`${first.address}/v1/access/tokens`, {
    method: 'POST',
    headers: keyHeader(),
    body: { by: 'ann', name: 'ci', role: 'deployer' },
  });
  const secret = String(token.body['token']);
  await first.stop();
  const second = await start();
  expect(second.address).toBe(first.address);
  const access = `${second.address}/v1/access`;
  expect((await send(access, { headers: { cookie } })).body).toMatchObject({ role: 'admin' });
  const asToken = { authorization: `Bearer ${secret}` };
  expect((await send(access, { headers: asToken })).body).toMatchObject({ name: 'ci', role: 'deployer' });
  await second.stop();
  running = null;

  const kept = filesBelow(join(folder, '.fairway')).map((file) => readFileSync(file).toString('latin1'));
  expect(kept.join()).toContain('access.token_made'); // it is there that we look
  for (const each of [code, secret.slice(3), cookie.split('=')[1] ?? '']) {
    expect(each).toMatch(/^[\w-]{43}$/);
    expect(kept.filter((text) => text.includes(each))).toEqual([]);
  }
});

test('a foreign name, a foreign page and the former link are refused by a server that listens', async () => {
  const { address, link } = await start();
  const url = `${address}/v1/access`;
  const named = await send(url, { headers: { ...keyHeader(), host: 'evil.example' } });
  expect(named.body).toMatchObject({ code: 'host_not_allowed' });
  const { headers } = await send(`${address}/v1/access/session`, {
    method: 'POST',
    body: { code: await codeOf({ link }) },
  });
  const cookie = String(headers['set-cookie']?.[0]).split(';', 1)[0] ?? '';
  const foreign = { cookie, origin: 'http://127.0.0.1:1' };
  const stopping = await send(`${address}/v1/control/shutdown`, {
    method: 'POST',
    headers: foreign,
    body: {},
  });
  expect(stopping.body).toMatchObject({ code: 'origin_not_allowed' });
  const former = await send(`${address}/v1/control?key=${keyHeader().authorization.slice(7)}`);
  expect(former.body).toMatchObject({ code: 'not_allowed' });
  expect(former.headers['content-security-policy']).toContain("default-src 'none'");
});

test('wrong logins are counted by the address they come from', async () => {
  const { address } = await start();
  const login = () =>
    send(`${address}/v1/access/session`, { method: 'POST', body: { token: `fw_${'x'.repeat(43)}` } });
  for (let tries = 0; tries < 10; tries++) expect((await login()).body['code']).toBe('token_wrong');
  const { body, headers } = await login();
  expect(body).toMatchObject({ code: 'login_too_often' });
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
});

test('new keys end every login and token that was given out', async () => {
  const { address, link } = await start();
  const session = { method: 'POST', body: { code: await codeOf({ link }) } };
  const cookie = cookieOf(await send(`${address}/v1/access/session`, session));
  const before = keyHeader();
  const changed = await send(`${address}/v1/control/keys`, { method: 'POST', headers: before, body: {} });
  expect(changed.body).toEqual({ changed: true });
  for (const headers of [{ cookie }, before])
    expect((await send(`${address}/v1/access`, { headers })).body['code']).toBe('not_allowed');
  expect((await send(`${address}/v1/access`, { headers: keyHeader() })).status).toBe(200);
});

test('others come by https under the public name, and the command line by loopback', async () => {
  const port = await freePort();
  if (!port.ok) throw new Error('no port');
  const files = await selfSigned(folder, 'tls', ['deploy.example.com']);
  const publicUrl = 'https://deploy.example.com';
  const listen = chooseListen({
    port: null,
    listen: `127.0.0.1:${port.value}`,
    publicUrl,
    tlsCert: files.certificate,
    tlsKey: files.key,
  });
  if (!listen.ok) throw new Error(listen.error.code);
  const { address, link } = await start(listen.value);
  const made = await link();
  expect(made.ok && made.value.url).toMatch(/^https:\/\/deploy\.example\.com\/#code=/);
  const code = made.ok ? (made.value.url.split('#code=')[1] ?? '') : '';
  const opened = await send(`https://127.0.0.1:${port.value}/v1/access/session`, {
    method: 'POST',
    headers: { host: 'deploy.example.com', origin: publicUrl },
    body: { code },
    ca: readFileSync(files.certificate, 'utf8'),
  });
  expect(String(opened.headers['set-cookie']?.[0])).toMatch(
    /^fairway_session=.*; HttpOnly; Secure; SameSite=Strict$/,
  );
  expect(opened.headers['strict-transport-security']).toBe('max-age=31536000');
  expect((await send(`${address}/v1/access`, { headers: keyHeader() })).body).toMatchObject({ via: 'key' });
});

test('a certificate that is none is said, and nothing is left that listens', async () => {
  const port = await freePort();
  if (!port.ok) throw new Error('no port');
  const tls = { cert: Buffer.from('nonsense'), key: Buffer.from('nonsense') };
  const listen: Listen = {
    port: port.value,
    publicUrl: 'https://deploy.example.com',
    door: { host: '127.0.0.1', port: port.value + 1, tls },
  };
  await expect(start(listen)).rejects.toThrow('tls_unusable'); // it names no file and shows nothing of the key
  await expect(send(`http://127.0.0.1:${port.value}/`)).rejects.toThrow('ECONNREFUSED');
});

function filesBelow(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));
}
