import { fileURLToPath } from 'node:url';
import {
  type AcceptedView,
  type Client,
  createClient,
  type Outcome,
  type Refusal,
  type ReleaseRequestBody,
} from '#api';
import { complainOf, exitCodes, follow, type World } from '#cli';
import { millis, type Result } from '#kernel';
import { type LoadReport, type LoadRun, startLoad } from '#load';
import { untilInterrupted } from './until-interrupted.ts';
import { systemRandom } from './world.ts';
import { readControlFile } from './control-file.ts';
import { demoPlan } from './demo-plan.ts';
import { report, type Story } from './demo-report.ts';

const folder = fileURLToPath(new URL('../../systems/trading-journal', import.meta.url));
const environment = 'dev';
const params = { environment };
const place = '/v1/environments/{environment}';
/** How long one step of the demonstration may take, in milliseconds. */
const patience = 90_000;

/**
 * The main job on real input: the trading journal comes up with its real stores, is released by canary under load, and
 * a bad release is caught by the gate and rolled back. Stays up until Ctrl-C; with `--once` it ends by itself, with 0
 * when all held.
 */
export async function demo(args: readonly string[], world: World): Promise<number> {
  const once = args.includes('--once');
  const unknown = args.find((arg) => arg !== '--once');
  if (unknown !== undefined) {
    world.complain(
      `error  "${unknown}" is not something the demonstration knows\nhint   write: npm start, or npm start -- --once`,
    );
    return exitCodes.wrongInput;
  }
  const connection = await world.connect(folder, true);
  if (!connection.ok) return complainOf(world, connection.error);
  const client = createClient(
    () => world.connect(folder, true),
    (wait) => world.clock.sleep(millis(wait), world.interrupted),
  );
  const code = await tell(world, client, once);
  await takeDown(world, client);
  return world.interrupted.aborted && code === exitCodes.done && once ? exitCodes.interrupted : code;
}

async function tell(world: World, client: Client, once: boolean): Promise<number> {
  const say = (text: string) => world.print(`\n${text}`);
  say('1. The trading journal comes up: Postgres, Redis, a bucket, four services behind the router.');
  const accepted = await client.call(`POST ${place}/up`, { params, body: { by: world.user } });
  const up = await outcomeOf(world, client, accepted, 'environment');
  if (up !== 'done' && up !== 'unchanged') return failed(world, 'The journal did not come up.');
  await tellDashboard(world, client);

  say('2. Steady load goes through the router.');
  const run = await beginLoad(world, client);
  if (run === null) return failed(world, 'The load could not begin.');

  say('3. A good version is released: 10 % of the users first.');
  const version = String(Math.floor(world.clock.now() / 1_000));
  const good = await release(world, client, 'a good version', [
    { service: 'core', key: 'APP_VERSION', value: version },
    { service: 'edge', key: 'APP_VERSION', value: version },
  ]);
  const afterGood = run.snapshot();

  say('4. A bad version is released: it answers one request in five with an error.');
  const bad = await release(world, client, 'a bad version', [
    { service: 'edge', key: 'APP_VERSION', value: `${version}-bad` },
    { service: 'edge', key: 'FAULT_ERROR_SHARE', value: '0.2' },
  ]);
  const explained = await client.call(`GET ${place}/explain`, { params });
  await world.clock.sleep(millis(2_000), world.interrupted);
  const final = await endLoad(run);

  const story: Story = { good, bad, afterGood, final, explained: explained.ok ? explained.value : null };
  const { lines, held } = report(story);
  world.print('');
  for (const line of lines) world.print(line);
  if (!once && !world.interrupted.aborted) await explore(world, client);
  return held ? exitCodes.done : exitCodes.failed;
}

type Settings = NonNullable<ReleaseRequestBody['set']>;

async function release(world: World, client: Client, note: string, set: Settings): Promise<Outcome | null> {
  const body = { by: world.user, note, set };
  const accepted = await client.call(`POST ${place}/releases`, { params, body });
  return outcomeOf(world, client, accepted, 'rollout');
}

/** Followed to its end; null: it was refused, which was said. */
async function outcomeOf(
  world: World,
  client: Client,
  accepted: Result<AcceptedView, Refusal>,
  ends: 'environment' | 'rollout',
): Promise<Outcome | null> {
  // A busy machine may need longer than the declared hold for the evidence; for ever is no answer either.
  const interrupted = AbortSignal.any([world.interrupted, AbortSignal.timeout(patience)]);
  if (accepted.ok)
    return follow({ ...world, interrupted }, client, environment, accepted.value, {
      json: false,
      ends,
      patient: true,
    });
  complainOf(world, accepted.error);
  return null;
}

interface Load {
  snapshot(): LoadReport;
  readonly stop: AbortController;
  readonly run: LoadRun;
}

async function beginLoad(world: World, client: Client): Promise<Load | null> {
  const status = await client.call(`GET ${place}/status`, { params });
  const address = status.ok
    ? status.value.services.find((service) => service.name === 'edge')?.address
    : null;
  if (!address) return null;
  const stop = new AbortController();
  world.interrupted.addEventListener('abort', () => stop.abort(), { once: true });
  const started = await startLoad(demoPlan(address), {
    clock: world.clock,
    random: systemRandom,
    monotonic: () => performance.now(),
    signal: stop.signal,
  });
  if (!started.ok) {
    complainOf(world, started.error);
    return null;
  }
  const plan = demoPlan(address);
  world.print(
    `          ${plan.rate} requests/s by ${plan.users} users and ${plan.sockets?.count ?? 0} WebSockets at ${address}`,
  );
  return { snapshot: () => started.value.snapshot(), stop, run: started.value };
}

function endLoad({ run, stop }: Load): Promise<LoadReport> {
  stop.abort();
  return run.done;
}

async function explore(world: World, client: Client): Promise<void> {
  world.print('');
  world.print('The journal stays up. Look around:');
  await tellDashboard(world, client);
  world.print('  ./fairway status systems/trading-journal');
  world.print('  ./fairway explain systems/trading-journal');
  world.print('  ./fairway release systems/trading-journal --set edge.env.APP_VERSION=mine');
  world.print('Ctrl-C stops everything.');
  await untilInterrupted(world.clock, world.interrupted);
}

/** A link that opens it once; no place for it where the output is kept. */
async function tellDashboard(world: World, client: Client): Promise<void> {
  if (!world.terminal) return;
  const link = await client.call('POST /v1/access/links', { body: { by: world.user } });
  world.print(`          dashboard: ${link.ok ? link.value.url : 'run "./fairway dashboard" for a link'}`);
}

function failed(world: World, sentence: string): number {
  world.complain(`${sentence} "./fairway logs systems/trading-journal" shows what the services said.`);
  return world.interrupted.aborted ? exitCodes.interrupted : exitCodes.failed;
}

/** Stops all of it, also after Ctrl-C: nothing is left running. */
async function takeDown(world: World, client: Client): Promise<void> {
  world.print('\nStopping everything; the data is kept.');
  const calm = AbortSignal.timeout(patience);
  const accepted = await client.call(`POST ${place}/down`, { params, body: { by: world.user } });
  if (accepted.ok) {
    const patient = { ...world, interrupted: calm };
    await follow(patient, client, environment, accepted.value, { json: false, ends: 'environment' });
  }
  await client.call('POST /v1/control/shutdown', {});
  for (let i = 0; i < 100 && readControlFile(folder) !== null; i++) await world.clock.sleep(millis(100));
}
