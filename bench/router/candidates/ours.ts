import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { millis, type Random, type Result, seconds } from '#kernel';
import {
  type RouterClient,
  type RouterRoute,
  type RouterTable,
  type StartOptions,
  startRouter,
} from '#router';
import { clock, type Ground, killAll, pickPort, pickPorts, untilAnswers, within } from '../ground.ts';
import { processTree } from '../processes.ts';
import type { Services } from '../services.ts';
import type { Candidate, Running } from './candidate.ts';

const everything =
  'weights, affinity cookie, counters per revision, request id, trace context, x-forwarded-*';

export const builtin = ownRouter(1);
export const builtin2 = ownRouter(2);

/** Our router with everything it does switched on. */
function ownRouter(workers: number): Candidate {
  return {
    name: workers === 1 ? 'builtin' : `builtin-${workers}`,
    title: `Fairway's router, ${workers} worker${workers === 1 ? '' : 's'}`,
    does: everything,
    async start(ground, services) {
      const folder = join(ground.folder, `router-${workers}`);
      await mkdir(folder, { mode: 0o700 });
      if (!(await startWithWorkers(ground, folder, workers)) && workers > 1)
        return 'the router does not know --workers';
      const started = await startRouter({ folder, clock, signal: AbortSignal.timeout(seconds(30)) });
      return route(ground, started, services);
    },
  };
}

const program = join(import.meta.dirname, '..', '..', '..', 'src', 'router', 'main.ts');

/** `startRouter` finds the router that serves the folder. False: this router refuses the option. */
async function startWithWorkers(ground: Ground, folder: string, workers: number): Promise<boolean> {
  const args = [program, '--state-folder', folder, '--workers', String(workers)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  ground.undo.push(() => killed(child));
  let isServing = false;
  let text = '';
  const read = (chunk: string) => {
    if (isServing) return;
    text += chunk;
    isServing = text.includes('router serving');
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  const deadline = clock.now() + 10_000;
  while (!isServing && child.exitCode === null && clock.now() < deadline) await clock.sleep(millis(20));
  if (!isServing && child.exitCode !== usageExit) throw new Error(`the router did not start: ${text}`);
  return isServing;
}

/** The exit code by which the router says that it does not know an option. */
const usageExit = 2;

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL'); // it had its chance by the client's stop
  await ended;
}

/** Traffic plane by HAProxy with the same client, where the project has it. */
export const plane: Candidate = {
  name: 'plane',
  title: "Fairway's HAProxy plane",
  does: everything,
  async start(ground, services) {
    const face = join(import.meta.dirname, '..', '..', '..', 'src', 'haproxy', 'index.ts');
    if (!existsSync(face)) return 'this project has no HAProxy plane yet';
    const loaded: unknown = await import(pathToFileURL(face).href);
    if (!canStart(loaded)) return 'src/haproxy has no startHaproxy';
    const folder = join(ground.folder, 'plane');
    await mkdir(folder, { mode: 0o700 });
    const started = await loaded.startHaproxy({
      folder,
      clock,
      random: Math.random,
      signal: AbortSignal.timeout(seconds(30)),
      path: process.env['PATH'] ?? '',
    });
    return route(ground, started, services);
  },
};

type StartPlane = (
  options: StartOptions & { readonly random: Random; readonly path: string },
) => ReturnType<typeof startRouter>;

const canStart = (face: unknown): face is { readonly startHaproxy: StartPlane } =>
  typeof face === 'object' &&
  face !== null &&
  'startHaproxy' in face &&
  typeof face.startHaproxy === 'function';

async function route(
  ground: Ground,
  started: Result<RouterClient>,
  services: Services,
): Promise<Running | string> {
  if (!started.ok) return `it did not start: ${JSON.stringify(started.error)}`;
  const client = started.value;
  ground.undo.push(() => stop(client));
  const [port, socketsPort] = [await pickPort(), await pickPort()];
  const others: number[] = [];
  let [version, count, weight] = [0, 1, 10];

  async function apply(): Promise<void> {
    version += 1;
    const ports = [port, ...others.slice(0, count - 1)];
    const asked = client.setTable(tableOf({ version, ports, socketsPort, weight, services }));
    const set = await within(mostTableSeconds, `a table of ${count + 1} routes`, asked);
    if (!set.ok) throw new Error(`the table was refused: ${JSON.stringify(set.error)}`);
  }

  await apply();
  if (!(await untilAnswers(port))) return 'it does not answer';
  return {
    port,
    socketsPort,
    pid: client.identity.pid,
    splits: true,
    sticks: true,
    async setRoutes(wanted) {
      count = Math.max(1, wanted - 1); // one more is that of the WebSockets
      if (others.length < count - 1) others.push(...(await pickPorts(count - 1 - others.length)));
      await apply();
      return [port, ...others.slice(0, count - 1)];
    },
    async setWeight(canary) {
      weight = canary;
      await apply();
    },
    async checkCounts(requests) {
      const state = await client.state();
      if (!state.ok) return `its counts cannot be read: ${JSON.stringify(state.error)}`;
      const web = state.value.counts.filter(({ service }) => service === 'web-0');
      const counted = web.reduce((sum, each) => sum + each.requests, 0);
      return counted < requests ? `${requests} requests were sent, it counted ${counted}` : null;
    },
  };
}

async function stop(client: RouterClient): Promise<void> {
  const stopped = await within(5, 'its end', client.stop()).catch(() => null);
  if (stopped?.ok !== true && client.isRunning()) killAll(processTree(client.identity.pid));
}

const mostTableSeconds = 20;

interface Facts {
  readonly version: number;
  readonly ports: readonly number[];
  readonly socketsPort: number;
  readonly weight: number;
  readonly services: Services;
}

function tableOf({ version, ports, socketsPort, weight, services }: Facts): RouterTable {
  const arm = (service: string, role: 'stable' | 'canary', share: number, port: number) => ({
    revision: `${service}-${role}`,
    role,
    weight: share,
    endpoints: [{ replica: `${service}-${role}-1`, port }],
  });
  const affinity = { cookie: 'lane', lifetimeMillis: 3_600_000 };
  const web = ports.map((port, at): RouterRoute => {
    const service = `web-${at}`;
    const arms = [
      arm(service, 'stable', 100 - weight, services.further.stable[at - 1] ?? services.stable),
      arm(service, 'canary', weight, services.further.canary[at - 1] ?? services.canary),
    ];
    return { service, port, preview: null, affinity, arms };
  });
  const echo = arm('echo', 'stable', 100, services.echo);
  const sockets = { service: 'echo', port: socketsPort, preview: null, affinity: null, arms: [echo] };
  return { version, generation: 1, routes: [...web, sockets] };
}
