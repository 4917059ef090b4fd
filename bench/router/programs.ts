import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { seconds, millis, type Clock, instant } from '#kernel';
import { freePort } from '#process';
import { startRouter } from '#router';

/** Something requests can be sent to. `pid` is the process whose processor time is counted. */
export interface Running {
  readonly name: string;
  readonly port: number;
  readonly pid: number | null;
}

export interface Bench {
  /** Emptied and removed at the end. */
  readonly folder: string;
  /** Undone at the end, last first. */
  readonly undo: (() => Promise<unknown>)[];
}

export const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (length, signal) => wait(length, undefined, signal ? { signal } : {}).catch(() => undefined),
};

/** The absolute path of a program, null when it is not installed. */
export function find(program: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {
      // not in this folder
    }
  }
  return null;
}

export async function pickPort(): Promise<number> {
  const port = await freePort();
  if (!port.ok) throw new Error(port.error.code);
  return port.value;
}

const answer = JSON.stringify({ ok: true, text: 'x'.repeat(80) });
const nginxHead = (folder: string, name: string) => `
daemon off; master_process off; worker_processes 1; pid ${folder}/${name}.pid; error_log ${folder}/${name}.log crit;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder};
scgi_temp_path ${folder};
`;

/** Two services that answer at once: nginx where it is installed, else Node, which then limits what is measured. */
export async function startServices(bench: Bench): Promise<readonly [number, number]> {
  const ports = [await pickPort(), await pickPort()] as const;
  const nginx = find('nginx');
  if (nginx !== null) {
    const servers = ports.map(
      (port) =>
        `server { listen 127.0.0.1:${port}; location / { default_type application/json; return 200 '${answer}'; } }`,
    );
    const file = join(bench.folder, 'services.conf');
    writeFileSync(file, `${nginxHead(bench.folder, 'services')}${servers.join('\n')}\n}`);
    launch(bench, nginx, ['-p', bench.folder, '-c', file]);
  } else
    for (const port of ports) {
      const program = `require('node:http').createServer((q, r) => { r.setHeader('content-type', 'application/json');
        r.end(${JSON.stringify(answer)}); }).listen(${port}, '127.0.0.1')`;
      launch(bench, process.execPath, ['-e', program]);
    }
  for (const port of ports) await untilAnswers(port);
  return ports;
}

export async function startNginx(bench: Bench, services: readonly [number, number]): Promise<Running | null> {
  const program = find('nginx');
  if (program === null) return null;
  const port = await pickPort();
  const file = join(bench.folder, 'proxy.conf');
  writeFileSync(
    file,
    `${nginxHead(bench.folder, 'proxy')}
upstream services { server 127.0.0.1:${services[0]} weight=9; server 127.0.0.1:${services[1]} weight=1;
keepalive 256; keepalive_requests 1000000000; }
server { listen 127.0.0.1:${port}; location / { proxy_pass http://services; proxy_http_version 1.1;
proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; } } }`,
  );
  const { pid } = launch(bench, program, ['-p', bench.folder, '-c', file]);
  await untilAnswers(port);
  return { name: 'nginx', port, pid: pid ?? null };
}

export async function startHaproxy(
  bench: Bench,
  services: readonly [number, number],
): Promise<Running | null> {
  const program = find('haproxy');
  if (program === null) return null;
  const port = await pickPort();
  const file = join(bench.folder, 'haproxy.cfg');
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  default_backend services
backend services
  balance roundrobin
  cookie lane insert indirect nocache
  server stable 127.0.0.1:${services[0]} weight 90 cookie s
  server canary 127.0.0.1:${services[1]} weight 10 cookie c
`,
  );
  const { pid } = launch(bench, program, ['-db', '-f', file]);
  await untilAnswers(port);
  return { name: 'HAProxy, 1 thread', port, pid: pid ?? null };
}

export async function startFairway(bench: Bench, services: readonly [number, number]): Promise<Running> {
  const port = await pickPort();
  const signal = AbortSignal.timeout(seconds(30));
  const started = await startRouter({ folder: join(bench.folder, 'router'), clock, signal });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  const client = started.value;
  bench.undo.push(() => client.stop());
  const arm = (role: 'stable' | 'canary', weight: number, service: number) => ({
    revision: `web-${role}`,
    role,
    weight,
    endpoints: [{ replica: role, port: service }],
  });
  const set = await client.setTable({
    version: 1,
    generation: 1,
    routes: [
      {
        service: 'web',
        port,
        preview: null,
        affinity: { cookie: 'lane', lifetimeMillis: 3_600_000 },
        arms: [arm('stable', 90, services[0]), arm('canary', 10, services[1])],
      },
    ],
  });
  if (!set.ok) throw new Error(JSON.stringify(set.error));
  await untilAnswers(port);
  return { name: 'Fairway router', port, pid: client.identity.pid };
}

function launch(bench: Bench, program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  bench.undo.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  });
  return child;
}

async function untilAnswers(port: number): Promise<void> {
  const deadline = clock.now() + 10_000;
  while (clock.now() < deadline) {
    if (await answers(port)) return;
    await clock.sleep(millis(20));
  }
  throw new Error(`nothing answers on port ${port}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200));
    });
    asking.on('error', () => resolve(false)).end();
  });
}
