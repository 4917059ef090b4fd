import type { ExposureView } from '#api';
import type { RolloutPlan, RolloutRecord } from '#core/release';
import { between, type Instant } from '#kernel';
import type { JournalEntry } from '#ports';
import type { Reading } from './reading.ts';

/** What the journal says of one rollout, in short. */
export interface Digest {
  readonly id: number;
  readonly release: number;
  readonly by: string;
  readonly note: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  /** Where its entries stand in the journal. */
  readonly first: number;
  readonly last: number;
  readonly exposure: ExposureView;
}

/** Reads each journal once and remembers, so that looking at an old environment does not read all of it again. */
export interface Digests {
  of(reading: Reading): Promise<ReadonlyMap<number, Digest>>;
  planOf(reading: Reading, rollout: number): Promise<RolloutPlan | null>;
}

interface Known {
  after: number;
  readonly plans: Map<number, RolloutPlan>;
  readonly digests: Map<number, Digest>;
  /** Who asked to go back, where no rollout has begun for it yet. */
  asked: Asked | null;
  reading: Promise<unknown>;
}

interface Asked {
  readonly to: number;
  readonly by: string;
  readonly note: string;
  readonly sequence: number;
}

export const noExposure: ExposureView = { from: null, since: null, until: null, millis: 0, most: 0 };

const pageSize = 500;

export function createDigests(): Digests {
  const all = new Map<string, Known>();
  const knownOf = (name: string): Known => {
    const known = all.get(name) ?? {
      after: 0,
      plans: new Map(),
      digests: new Map(),
      asked: null,
      reading: Promise.resolve(),
    };
    all.set(name, known);
    return known;
  };

  async function planOf({ row, runner }: Reading, rollout: number): Promise<RolloutPlan | null> {
    const { plans } = knownOf(row.name);
    if (!plans.has(rollout)) for (const { plan } of await runner.ledger.rollouts()) plans.set(plan.id, plan);
    return plans.get(rollout) ?? null;
  }

  async function readOn(reading: Reading, known: Known): Promise<void> {
    for (;;) {
      const entries = await reading.runner.ledger.entries(known.after, pageSize);
      for (const entry of entries) {
        await take(reading, known, entry);
        known.after = entry.sequence;
      }
      if (entries.length < pageSize) return;
    }
  }

  async function take(reading: Reading, known: Known, entry: JournalEntry): Promise<void> {
    const { digests } = known;
    if (entry.type === 'rollback.asked')
      known.asked = { ...(entry.data as { to: number; by: string; note: string }), sequence: entry.sequence };
    if (entry.type === 'rollout.planned') {
      const digest = begun(entry, known.asked);
      known.asked = null;
      digests.set(digest.id, digest);
      return;
    }
    if (entry.type !== 'rollout') return;
    const record = entry.data as unknown as RolloutRecord;
    const digest = digests.get(record.rollout);
    const plan = await planOf(reading, record.rollout);
    if (digest !== undefined && plan !== null) digests.set(digest.id, wentOn(digest, record, plan, entry));
  }

  return {
    planOf,
    async of(reading) {
      const known = knownOf(reading.row.name);
      const done = known.reading.catch(() => undefined).then(() => readOn(reading, known)); // one after another
      known.reading = done;
      await done;
      return known.digests;
    },
  };
}

/** A rollout back is planned in the name of who made the release; who asked for it stands in the entry before. */
function begun({ sequence, at, data }: JournalEntry, asked: Asked | null): Digest {
  const { rollout, release, ...made } = data as {
    rollout: number;
    release: number;
    by: string;
    note: string;
  };
  const { by, note } = asked?.to === release ? asked : made;
  return {
    id: rollout,
    release,
    by,
    note,
    startedAt: at,
    endedAt: null,
    first: asked?.to === release ? asked.sequence : sequence,
    last: sequence,
    exposure: noExposure,
  };
}

function wentOn(
  digest: Digest,
  record: RolloutRecord,
  plan: RolloutPlan,
  { at, sequence }: JournalEntry,
): Digest {
  return {
    ...digest,
    last: sequence,
    endedAt: record.over ? at : null,
    exposure: exposed(digest.exposure, record, plan, at),
  };
}

/**
 * From the moment a table that gives new revisions a share is sent (users may meet them from then on) to the moment the
 * router has acknowledged the one that takes it away.
 */
export function exposed(
  exposure: ExposureView,
  record: RolloutRecord,
  plan: RolloutPlan,
  at: Instant,
): ExposureView {
  const isGiven = record.effects.some((effect) => effect.do === 'setRoute' || effect.do === 'consume');
  if (record.phase === 'routing' && isGiven) {
    const share = mostShare(plan, record.stage);
    if (share === 0) return exposure;
    const { from, since, most } = exposure;
    return { ...exposure, from: from ?? at, since: since ?? at, until: null, most: Math.max(most, share) };
  }
  const isBack =
    (record.before === 'restoring' && !['restoring', 'returning', 'failed'].includes(record.phase)) ||
    (record.before === 'withdrawing' && record.phase === 'starting' && record.event.type !== 'effectFailed');
  if (exposure.since === null || !isBack) return exposure;
  return { ...exposure, since: null, until: at, millis: exposure.millis + between(exposure.since, at) };
}

function mostShare(plan: RolloutPlan, name: string | null): number {
  const stage = plan.stages.find((each) => each.name === name);
  if (stage?.kind !== 'shift') return 0;
  const shares = stage.services.map(({ weight, active, next, previous }) =>
    active === null
      ? next + previous === 0
        ? 0
        : weight
      : Math.round((100 * active.next) / Math.max(1, active.next + active.previous)),
  );
  return Math.max(0, ...shares);
}
