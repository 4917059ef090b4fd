import { fail, ok, type Result, seconds } from '#kernel';
import { isRunning } from '#process';
import type {
  EmbeddedStore,
  EmbeddedStoreOptions,
  StandbyHealth,
  StoreBinding,
  StoreHealth,
} from '../../contract.ts';
import { createTurns, readState, returningDiskFailures, supervise } from '../../supervisor/index.ts';
import { type PostgresSpec, postgresKind } from '../kind.ts';
import { teller } from './events.ts';
import { standbyFolder } from './folders.ts';
import { type Group, presentStandbys, standbyStore } from './group.ts';
import { createJobs } from './jobs.ts';
import { freshRecord, readRecord, writeRecord } from './record.ts';
import { recoverPrimary, refuseToBeginAnew } from './recover.ts';
import { primarySettings } from './settings.ts';
import { freshMemory, type Memory, tend } from './tend.ts';
import { standbysInWords } from './text.ts';

type Options = Omit<EmbeddedStoreOptions, 'spec'> & { readonly spec: PostgresSpec };

/** How long a primary that was stopped may take to start before that counts as a failure. */
const START_WITHIN = seconds(60);

/**
 * A Postgres with the standbys it declares. The primary is an ordinary server of ours in the store's folder; each standby
 * is one in a folder of its own below `standbys`. When the primary fails, one of them takes its place, its port
 * included: services connect again to where they were. Where no standby is or was declared it is the single server.
 */
export function postgresStore(options: Options): EmbeddedStore {
  const group = groupOf(options);
  const [inTurn, jobs] = [createTurns(), createJobs()];
  let memory = freshMemory();
  const alone = <T>(task: () => Promise<Result<T>>) =>
    inTurn(() => returningDiskFailures(group.ground, task));
  let isLooking = false;
  let isStopped = false;
  const lookAfter = () => {
    if (isLooking || isStopped) return;
    isLooking = true;
    // What went wrong in a look shows in the health; the next look is in a second.
    const look = alone(() => (isStopped ? Promise.resolve(ok(null)) : tend(group, memory, jobs)));
    void look.catch(() => {}).finally(() => (isLooking = false));
  };
  const undisturbed = <T>(task: () => Promise<Result<T>>) =>
    alone(async () => {
      await jobs.end();
      memory = freshMemory(); // whoever comes out of this may be another one
      return task();
    });
  return {
    spec: group.spec,
    ensure: (signal) => {
      isStopped = false;
      return undisturbed(() => ensure(group, signal));
    },
    async health() {
      const health = await group.primary.health();
      if (health.state === 'ready') lookAfter();
      return withStandbys(group, memory, health);
    },
    stop: (signal) => {
      isStopped = true;
      return undisturbed(() => stop(group, signal));
    },
    erase: () => undisturbed(() => erase(group)),
  };
}

function groupOf({ spec, folder, clock, random, tell }: Options): Group {
  const standbys = spec.standbys ?? null;
  const settings = async () => {
    const record = await readRecord(folder);
    if (standbys === null && (!record.ok || record.value === null)) return '';
    return primarySettings(record.ok ? (record.value?.synchronous ?? []) : []);
  };
  const kind = postgresKind(spec, standbys === null ? null : { settings });
  const ground = { folder, kind, clock, random };
  const primary = supervise(ground);
  const told = teller(folder, spec.name, clock, tell);
  return { folder, spec, standbys, clock, random, tell: told, primary, ground };
}

async function ensure(group: Group, signal: AbortSignal): Promise<Result<StoreBinding>> {
  const { folder, primary } = group;
  const read = await readRecord(folder);
  if (!read.ok) return read;
  if (read.value === null) {
    const begun = await refuseToBeginAnew(group);
    if (!begun.ok) return begun;
    if (group.standbys === null) return primary.ensure(signal);
  }
  const recovered =
    read.value === null
      ? ok(freshRecord)
      : await recoverPrimary(inTime(group, read.value.wanted), read.value, signal);
  if (!recovered.ok) return recovered;
  const binding = await primary.ensure(signal);
  const record = recovered.value;
  if (binding.ok && (read.value === null || record.wanted !== 'running')) {
    await writeRecord(folder, { ...record, wanted: 'running' });
  }
  return binding;
}

/** The declared time is for a primary that was there and failed. */
function inTime(group: Group, wanted: 'running' | 'stopped'): Group {
  const failoverAfter = wanted === 'running' ? (group.standbys?.failoverAfter ?? START_WITHIN) : START_WITHIN;
  return { ...group, ground: { ...group.ground, startWithin: failoverAfter } };
}

/** The primary first: it sends its standbys everything before it ends. */
async function stop(group: Group, signal: AbortSignal): Promise<Result<null>> {
  const { folder, primary } = group;
  const read = await readRecord(folder);
  if (!read.ok) return read;
  if (read.value !== null && read.value.wanted !== 'stopped')
    await writeRecord(folder, { ...read.value, wanted: 'stopped' });
  const stopped = [await primary.stop(signal), ...(await stopStandbys(group, signal))];
  return stopped.find((result) => !result.ok) ?? ok(null);
}

async function stopStandbys(group: Group, signal: AbortSignal): Promise<readonly Result<null>[]> {
  const state = await readState(group.folder);
  if (!state.ok || state.value.access === null) return [state.ok ? ok(null) : state];
  const { access } = state.value;
  const numbers = await presentStandbys(group.folder);
  return Promise.all(numbers.map((number) => standbyStore(group, number, access).stop(signal)));
}

async function erase(group: Group): Promise<Result<null>> {
  const numbers = await presentStandbys(group.folder);
  const nobody = { port: 0, secret: '' };
  for (const number of numbers) {
    const state = await readState(standbyFolder(group.folder, number));
    const runs = state.ok && state.value.process !== null && isRunning(state.value.process);
    if (runs) return fail('store_still_running', { store: group.spec.name });
  }
  const state = await readState(group.folder);
  if (state.ok && state.value.process !== null && isRunning(state.value.process))
    return group.primary.erase();
  for (const number of numbers) await standbyStore(group, number, nobody).erase();
  return group.primary.erase();
}

function withStandbys({ standbys }: Group, memory: Memory, health: StoreHealth): StoreHealth {
  if (standbys === null || health.state !== 'ready') return health;
  const seen: readonly StandbyHealth[] = [...memory.standbys.values()].map((known) => known.health);
  const address = `${health.address} (${standbysInWords(standbys.count, seen)})`;
  return { state: 'ready', address, standbys: seen };
}
