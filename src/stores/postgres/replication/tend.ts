import { after, describeFailure, type Instant, ok, type Result, seconds } from '#kernel';
import type { StandbyHealth } from '../../contract.ts';
import { type Access, codeOf, readState } from '../../supervisor/index.ts';
import { type Group, presentStandbys } from './group.ts';
import type { Jobs } from './jobs.ts';
import { lagSeconds, lengthened, type LagTrail, shortened } from './lag.ts';
import { lookAtPrimary, type PrimaryLook } from './look.ts';
import { type ReplicationRecord, readRecord } from './record.ts';
import { applySettings, type Asked, settleSynchronous } from './synchronous.ts';
import { type Care, careFor, dropSlots, removeStandby } from './care.ts';

/** After work that failed. */
const PAUSE = seconds(10);

/** What is remembered from look to look; nothing of it is missed when it is lost. */
export interface Memory {
  trail: LagTrail;
  asked: Asked | null;
  /** Whether the running server has the settings of this declaration; it may have been started by another one. */
  applied: boolean;
  readonly standbys: Map<number, StandbyMemory>;
}

export interface StandbyMemory {
  care: Care;
  /** What went wrong the last time, in a sentence for people. */
  problem: string | null;
  pauseUntil: Instant | null;
  health: StandbyHealth;
}

export const freshMemory = (): Memory => ({ trail: [], asked: null, applied: false, standbys: new Map() });

/**
 * One look at a group whose primary answers: whom commits wait for is settled, lag is noted, and for each standby that
 * needs it work begins in the background. Short: what takes long is a job. Failures: `postgres_not_answering`,
 * `store_state_unreadable`, those of a home.
 */
export async function tend(group: Group, memory: Memory, jobs: Jobs): Promise<Result<null>> {
  const state = await readState(group.folder);
  const record = await readRecord(group.folder);
  if (!state.ok) return state;
  if (!record.ok) return record;
  const { access } = state.value;
  if (access === null || record.value === null || record.value.failover !== null) return ok(null);
  if (!memory.applied) {
    const applied = await applySettings(group, record.value.synchronous, access);
    if (!applied.ok) return applied;
    memory.applied = true;
  }
  const look = await lookAtPrimary(access);
  if (!look.ok) return look;
  noteLag(group, memory, look.value);
  const settled = await settleSynchronous(
    group,
    { record: record.value, asked: memory.asked },
    look.value,
    access,
  );
  if (!settled.ok) return settled;
  memory.asked = settled.value.asked;
  const count = group.standbys?.count ?? 0;
  for (let number = 1; number <= count; number += 1)
    await tendOne(group, memory, jobs, number, look.value, access, settled.value.record);
  const beyond = (number: number) => number < 1 || number > count;
  for (const number of (await presentStandbys(group.folder)).filter(beyond)) {
    jobs.begin(number, async (signal) => {
      await guarded(group, memory, number, () => removeStandby(group, number, access, signal));
    });
    memory.standbys.delete(number);
  }
  return dropSlots([...look.value.slots.keys()].filter(beyond), access);
}

async function tendOne(
  group: Group,
  memory: Memory,
  jobs: Jobs,
  number: number,
  look: PrimaryLook,
  access: Access,
  record: ReplicationRecord,
): Promise<void> {
  const now = group.clock.now();
  const known = memory.standbys.get(number) ?? freshStandby(number);
  memory.standbys.set(number, known);
  if (!jobs.isBusy(number) && (known.pauseUntil === null || now >= known.pauseUntil)) {
    const next = await careFor(group, number, look, access, known.care);
    known.care = next.care;
    const { work } = next;
    if (work !== null) {
      jobs.begin(number, async (signal) => {
        await guarded(group, memory, number, () => work(signal), signal);
      });
    } else if (next.care.state === 'follows') known.problem = null;
  }
  known.health = healthOf(number, known, memory, look, record, now);
}

/** Never rejects: what went wrong is kept for people to see, and tried again after a pause. */
async function guarded(
  group: Group,
  memory: Memory,
  number: number,
  work: () => Promise<Result<unknown>>,
  signal?: AbortSignal,
): Promise<void> {
  const known = memory.standbys.get(number) ?? freshStandby(number);
  const problem = await problemOf(work);
  if (signal?.aborted === true) return;
  known.problem = problem?.sentence ?? null;
  known.pauseUntil = problem === null ? null : after(group.clock.now(), PAUSE);
  if (problem !== null) await group.tell('standby_failed', { standby: number, ...problem });
}

async function problemOf(
  work: () => Promise<Result<unknown>>,
): Promise<{ readonly code: string; readonly sentence: string } | null> {
  try {
    const done = await work();
    return done.ok ? null : { code: done.error.code, sentence: describeFailure(done.error).sentence };
  } catch (reason) {
    return { code: codeOf(reason), sentence: reason instanceof Error ? reason.message : String(reason) };
  }
}

function noteLag({ clock }: Group, memory: Memory, look: PrimaryLook): void {
  const replayed = [...look.followers.values()].map((follower) => follower.replayed);
  const kept = [...look.slots.values()].map((slot) => slot.kept ?? look.flushed);
  const trail = lengthened(memory.trail, clock.now(), look.flushed);
  memory.trail = shortened(trail, Math.min(look.flushed, ...replayed, ...kept));
}

const freshStandby = (number: number): StandbyMemory => ({
  care: { state: 'new', since: null, restarted: false, replayed: 0 },
  problem: null,
  pauseUntil: null,
  health: {
    number,
    state: 'away',
    detail: null,
    synchronous: false,
    lagBytes: null,
    lagSeconds: null,
  },
});

function healthOf(
  number: number,
  { care, problem }: StandbyMemory,
  { trail }: Memory,
  look: PrimaryLook,
  record: ReplicationRecord,
  now: Instant,
): StandbyHealth {
  const follower = look.followers.get(number);
  const position = follower?.replayed ?? look.slots.get(number)?.kept ?? null;
  const isMade = care.state !== 'new' && care.state !== 'making';
  return {
    number,
    state: care.state === 'follows' ? 'follows' : care.state === 'new' ? 'away' : care.state,
    detail: problem,
    synchronous: record.synchronous.includes(number),
    lagBytes: position === null || !isMade ? null : Math.max(0, look.flushed - position),
    lagSeconds:
      position === null || !isMade
        ? null
        : Math.max(lagSeconds(trail, position, now), follower?.replayLagSeconds ?? 0),
  };
}
