import type { Environment } from '#core/system';
import { currentOf } from '#engine';
import { type Clock, describeFailure, type Instant, minutes } from '#kernel';
import { declaredRelease } from '../plan-view.ts';
import type { Reading } from '../reading.ts';
import { type Drift, driftOf } from './drift.ts';

/** What is known of the drift of an environment, and why nothing is, where somebody should hear of it. */
export interface DriftKnown {
  readonly drift: Drift | null;
  readonly trouble: string | null;
}

export interface DriftWatch {
  /** What the last look saw, at once. Where it is too old, the next look begins in the background. */
  of(reading: Reading, declared: Environment | null, ours: boolean): DriftKnown;
  /** Waits for the look under way. */
  end(): Promise<void>;
}

interface Look extends DriftKnown {
  readonly at: Instant;
  /** The release that served then: what is known of another one is worth nothing. */
  readonly release: number | null;
}

/** A look reads every file of the system. */
const every = minutes(1);

const nothing: DriftKnown = { drift: null, trouble: null };

/**
 * Compares what runs with what is declared, by the release that "up" would make. One environment after another, each at most
 * once a minute, and only while somebody asks: nobody looks by itself, and nobody waits for it.
 */
export function createDriftWatch(folder: string, clock: Clock): DriftWatch {
  const looks = new Map<string, Look>();
  const under = new Set<string>();
  let isEnded = false;
  let queue: Promise<void> = Promise.resolve();

  async function look(reading: Reading, declared: Environment): Promise<void> {
    const { row } = reading;
    const release = currentOf(row);
    const known = isEnded ? nothing : await looked(folder, clock, reading, declared);
    looks.set(row.name, { ...known, at: clock.now(), release });
  }

  function begin(reading: Reading, declared: Environment): void {
    const { name } = reading.row;
    under.add(name);
    queue = queue
      .then(() => look(reading, declared))
      .catch((reason: unknown) => {
        const trouble = `what "up" would change cannot be told: ${String(reason)}`;
        looks.set(name, { drift: null, trouble, at: clock.now(), release: currentOf(reading.row) });
      })
      .finally(() => under.delete(name));
  }

  return {
    of(reading, declared, ours) {
      const { row, active } = reading;
      // Who is not in charge may build nothing; while something is under way, what runs is not what will.
      const isAtRest = row.status === 'up' && active === null && row.opening === null && row.closing === null;
      if (!isAtRest || !ours || declared === null) return nothing;
      const known = looks.get(row.name);
      const isOfThis = known?.release === currentOf(row);
      const age = known === undefined ? every : Math.abs(clock.now() - known.at);
      if (!under.has(row.name) && !isEnded && (!isOfThis || age >= every)) begin(reading, declared);
      return known !== undefined && isOfThis ? known : nothing;
    },
    async end() {
      isEnded = true;
      await queue;
    },
  };
}

async function looked(
  folder: string,
  clock: Clock,
  reading: Reading,
  declared: Environment,
): Promise<DriftKnown> {
  const { row, runner } = reading;
  const number = currentOf(row);
  const release = number === null ? null : await runner.ledger.release(number);
  const next = await declaredRelease(reading, clock, declared, folder);
  if (!next.ok) {
    const { sentence } = describeFailure(next.error);
    return { drift: null, trouble: `what is declared cannot be built: ${sentence}` };
  }
  const differences = driftOf(
    { environment: row.environment, release },
    { environment: declared, release: next.value },
  );
  return { drift: { lookedAt: clock.now(), differences }, trouble: null };
}
