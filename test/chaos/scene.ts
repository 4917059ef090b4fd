import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, instant, millis, seededRandom } from '#kernel';
import { defaultLoadPlan, type LoadReport, type LoadRun, startLoad } from '#load';
import { declared, type Kind } from './declared.ts';
import type { Traced } from './mortal-target.ts';
import { type Office, openOffice } from './office.ts';
import { type Look, type Plane, startPlane } from './plane.ts';
import { hook, web, worker } from './programs.ts';

const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) => delay(wait, undefined, signal ? { signal } : {}).catch(() => undefined),
};

/** A folder with the little system, its office, the load on it, and the control planes that look after it. */
export interface Scene {
  readonly folder: string;
  readonly office: Office;
  /** A new control plane; with the same `owner` it need not wait for the lease of a dead one. */
  plane(owner: string): Promise<Plane>;
  ask(version: number): ReleaseAsk;
  trace(): readonly Traced[];
  /** Address of the router that callers of `web` use. */
  address(look: Look): string;
  startLoad(address: string, options: { readonly rate: number; readonly sockets: number }): Promise<void>;
  /** What the load has met since it began. */
  load(): LoadReport;
  endLoad(): Promise<LoadReport>;
  end(): Promise<void>;
}

type ReleaseAsk = Extract<Parameters<Plane['ask']>[0], { readonly ask: 'up' }>['request'];

export async function createScene(kind: Kind, store: string | null = null): Promise<Scene> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fairway-chaos-')));
  for (const [name, text] of Object.entries({ web, worker, hook })) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'main.mjs'), text);
  }
  const office = await openOffice(15);
  const traceFile = join(folder, 'trace.jsonl');
  const planes: Plane[] = [];
  const stopLoad = new AbortController();
  let load: LoadRun | null = null;
  let born = 0;

  const scene: Scene = {
    folder,
    office,
    async plane(owner) {
      const plane = await startPlane({ folder, owner, seed: ++born, trace: traceFile, store });
      planes.push(plane);
      return plane;
    },
    ask: (version) => ({
      environment: declared(kind, version, office.address),
      sourceFolder: folder,
      source: folder,
      services: null,
      by: 'ann',
      note: '',
    }),
    trace() {
      const text = existsSync(traceFile) ? readFileSync(traceFile, 'utf8') : '';
      return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Traced]));
    },
    address(look) {
      const address = look.seen.router.addresses['web'];
      if (address === undefined) throw new Error('the router has no address for web');
      return address;
    },
    async startLoad(target, { rate, sockets }) {
      const traffic = { kind: 'ping', every: millis(500) } as const;
      const plan = {
        ...defaultLoadPlan,
        target,
        rate,
        connections: 40,
        timeout: millis(60_000), // nothing is timed here: slow is not lost
        sockets: sockets === 0 ? null : { count: sockets, path: '/', headers: {}, traffic },
      };
      const started = await startLoad(plan, {
        clock,
        random: seededRandom(7),
        monotonic: () => performance.now(),
        signal: stopLoad.signal,
      });
      if (!started.ok) throw new Error(`the load did not begin: ${JSON.stringify(started.error)}`);
      load = started.value;
    },
    load() {
      if (load === null) throw new Error('there is no load');
      return load.snapshot();
    },
    async endLoad() {
      stopLoad.abort();
      if (load === null) throw new Error('there is no load');
      return load.done;
    },
    async end() {
      stopLoad.abort();
      await load?.done;
      for (const plane of planes) plane.kill();
      await Promise.all(planes.map(({ died }) => died));
      // Whatever became of the test: a last one takes everything down.
      const last = await startPlane({ folder, owner: 'the last one', seed: 0, trace: traceFile, store });
      await until(
        'the environment is down',
        async () => {
          await last.ask({ ask: 'down' });
          return (await last.look())?.row?.status === 'down';
        },
        60,
      );
      await last.ask({ ask: 'stop' });
      await last.died;
      await office.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      const left = processesOf(folder);
      if (left.length > 0) throw new Error(`still running:\n${left.join('\n')}`);
    },
  };
  return scene;
}

/** Processes that name the folder in their arguments. */
export const processesOf = (folder: string): readonly string[] =>
  execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder));

/** Looks ten times a second until it holds, or tells what it saw last. */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  withinSeconds: number,
  tell: () => unknown = () => '',
): Promise<NonNullable<T>> {
  for (const end = Date.now() + withinSeconds * 1_000; ; await delay(100)) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end)
      throw new Error(
        `${what}: not within ${withinSeconds} s. ${JSON.stringify(await tell()).slice(0, 3_000)}`,
      );
  }
}
