import {
  between,
  type Comparison,
  compare,
  type Counts,
  defaultSettings,
  noEvidence,
  openComparison,
  type Reading,
  readingOf,
  replicasBetween,
} from '#core/gate';
import type { LearnedOf } from '#core/release';

/** What is learned between rollouts of the revisions that serve: the next gate begins with it. Kept in memory only. */
export interface Learning {
  look(counts: readonly Counts[]): void;
  /** Of these revisions alone: the router remembers hundreds, and what is told here goes into the journal. */
  of(revisions: readonly string[]): readonly LearnedOf[];
}

/** Looks after which what is learned begins anew, so that last week does not speak for today. */
const generation = 900;
/** Younger than this, what was learned before it knows more; and missed for longer than this, a revision is forgotten. */
const ripe = 300;

interface Known {
  readonly service: string;
  readonly last: Reading;
  readonly looks: number;
  /** Looks since it was last counted: a router that restarts is no reason to forget. */
  readonly missed: number;
  readonly young: Comparison;
  readonly old: Comparison | null;
}

const nothing = () => openComparison(null, defaultSettings);

export function createLearning(): Learning {
  let known: ReadonlyMap<string, Known> = new Map();
  return {
    look(counts) {
      const counted = counts.map((now) => [now.revision, learn(known.get(now.revision), now)] as const);
      const missed = [...known].flatMap(([revision, each]) =>
        each.missed < ripe ? [[revision, { ...each, missed: each.missed + 1 }] as const] : [],
      );
      known = new Map([...missed, ...counted]);
    },
    of: (revisions) =>
      revisions.flatMap((revision) => {
        const found = known.get(revision);
        if (found === undefined) return [];
        const { service, looks, young, old } = found;
        const { stable: history, dispersion } = looks < ripe ? (old ?? young) : young;
        return [{ service, revision, history, dispersion }];
      }),
  };
}

function learn(known: Known | undefined, now: Counts): Known {
  const last = readingOf(now);
  if (known === undefined)
    return { service: now.service, last, looks: 0, missed: 0, young: nothing(), old: null };
  const stable = between(known.last, now);
  if (stable.requests === 0) return { ...known, last, missed: 0 };
  const tick = { at: 0, stable, canary: noEvidence, replicas: replicasBetween(known.last, now) };
  const young = compare(known.young, tick, defaultSettings);
  return known.looks < generation
    ? { ...known, last, looks: known.looks + 1, missed: 0, young }
    : { ...known, last, looks: 0, missed: 0, young: nothing(), old: young };
}
