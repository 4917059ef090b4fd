import {
  addCrashes,
  addEvidence,
  between,
  type Comparison,
  compare,
  type Counts,
  type Evidence,
  noEvidence,
  openComparison,
  readingOf,
  replicasBetween,
  settingsOf,
} from '#core/gate';
import { between as lengthBetween, type Instant, instant } from '#kernel';
import { crashesOfNext } from './capacity.ts';
import type { LearnedOf } from './event.ts';
import type { Move } from './plan.ts';
import type { Rollout, Watch, WatchedArm, WatchedService } from './rollout.ts';

type Role = WatchedArm['role'];

/** What a look has added to an arm. */
interface Counted {
  readonly arm: WatchedArm;
  readonly added: Evidence;
  /** What each replica has added, where the source of the counts tells them apart. */
  readonly replicas: readonly Evidence[];
}

/**
 * Takes in the totals of a look: the evidence of each arm since the hold began, and what both arms of a service answered
 * since the look before, as one tick of its comparison. The same totals as before leave the watch as it is.
 */
export function counted(rollout: Rollout, counts: readonly Counts[], now: Instant): Watch {
  const { watch } = rollout;
  const looked = rollout.plan.moves.map((move) => ({
    move,
    canary: countedArm(rollout, move, 'canary', counts),
    stable: countedArm(rollout, move, 'stable', counts),
  }));
  const arms = looked.flatMap(({ canary, stable }) => [canary, stable].flatMap((each) => each?.arm ?? []));
  const services = looked.flatMap(({ move, canary, stable }) =>
    comparedWith(rollout, move, canary, stable, now),
  );
  const isSame = isEach(arms, watch.arms) && isEach(services, watch.services);
  return isSame ? watch : { ...watch, arms, services };
}

const isEach = <T>(some: readonly T[], others: readonly T[]) =>
  some.length === others.length && some.every((one, i) => one === others[i]);

function countedArm(rollout: Rollout, move: Move, role: Role, counts: readonly Counts[]): Counted | null {
  const revision = (role === 'canary' ? move.next : move.previous)?.id;
  if (revision === undefined) return null;
  const { service } = move;
  const now = counts.find((each) => each.service === service && each.revision === revision);
  const known = rollout.watch.arms.find((arm) => arm.revision === revision && arm.service === service);
  // A look without counts, as while the router restarts, is no reason to forget from where they are counted.
  if (now === undefined) return known === undefined ? null : { arm: known, added: noEvidence, replicas: [] };
  if (known !== undefined && isReading(known, now)) return { arm: known, added: noEvidence, replicas: [] };
  const added = known === undefined ? firstEvidence(rollout, role, now) : between(known.last, now);
  const replicas = known === undefined ? [] : replicasBetween(known.last, now);
  // Only between replicas of the stable arm is the dispersion measured: those of the canary would fill the row for nothing.
  const last = readingOf(role === 'stable' ? now : { ...now, replicas: [] });
  const evidence = addEvidence(known?.evidence ?? noEvidence, added);
  return { arm: { service, revision, role, last, evidence }, added, replicas };
}

/** The comparisons begin with what is known of the revisions that are to be left. */
export function withLearned(rollout: Rollout, learned: readonly LearnedOf[]): Rollout {
  const settings = settingsOf(rollout.plan.policy.gate);
  const services = rollout.plan.moves.flatMap(({ service, previous }) => {
    const found = learned.find((each) => each.service === service && each.revision === previous?.id);
    // An arm that had no request to learn from is there all the same, which an empty history would deny.
    if (found === undefined || found.history.requests === 0) return [];
    return [{ service, since: null, comparison: openComparison(found.history, settings, found.dispersion) }];
  });
  return { ...rollout, watch: { ...rollout.watch, services } };
}

/** Whether nothing was answered since. */
function isReading({ last }: WatchedArm, now: Counts): boolean {
  return last.epoch === now.epoch && last.requests === now.requests && last.failures === now.failures;
}

/**
 * Totals seen for the first time. A revision that served before this rollout (a rollback goes to one) brings old totals:
 * those read before the rollout gave it traffic are history. What a canary shows for the first time after that is its own.
 */
function firstEvidence(rollout: Rollout, role: Role, { requests, failures, buckets }: Counts): Evidence {
  const isOwn = role === 'canary' && rollout.mayHaveTraffic && rollout.phase !== 'planned';
  return isOwn ? { requests, failures, buckets } : noEvidence;
}

/**
 * Time begins with the canary's first traffic. What the stable arm had answered before the rollout is its history; what it
 * answers while the canary starts tells how much its replicas differ.
 */
function comparedWith(
  rollout: Rollout,
  { service }: Move,
  canary: Counted | null,
  stable: Counted | null,
  now: Instant,
): readonly WatchedService[] {
  const settings = settingsOf(rollout.plan.policy.gate);
  const known = rollout.watch.services.find((each) => each.service === service);
  const added = { canary: canary?.added ?? noEvidence, stable: stable?.added ?? noEvidence };
  if (added.canary.requests === 0 && added.stable.requests === 0) return known === undefined ? [] : [known];
  const replicas = stable?.replicas ?? [];
  const since = sinceThen(known, now) ?? firstTraffic(rollout, added.canary, now);
  const at = since === null ? 0 : Math.max(0, lengthBetween(since, now)) / 1_000;
  const tick =
    since === null ? { at, stable: added.stable, canary: noEvidence, replicas } : { at, ...added, replicas };
  const comparison = compare(comparisonOf(rollout, service), tick, settings);
  return [{ service, since, comparison }];
}

/** A clock that was set back takes no time away, it only makes the begin a later one: the evidence would stand still otherwise. */
function sinceThen(known: WatchedService | undefined, now: Instant): Instant | null {
  if (known === undefined || known.since === null) return null;
  return instant(Math.min(known.since, now - Math.round(known.comparison.at * 1_000)));
}

/** Somewhere since the look before: the first tick is an interval long. */
function firstTraffic(rollout: Rollout, canary: Evidence, now: Instant): Instant | null {
  if (canary.requests === 0 || !rollout.mayHaveTraffic) return null;
  return instant(now - rollout.plan.policy.gate.interval);
}

/** Where the comparison of a service stands; before its canary had traffic: with the history alone. */
export function comparisonOf(rollout: Rollout, service: string): Comparison {
  const known = rollout.watch.services.find((each) => each.service === service);
  return (
    known?.comparison ?? openComparison(historyOf(rollout, service), settingsOf(rollout.plan.policy.gate))
  );
}

/** What the stable arm has ever answered before the tick with which the comparison begins. */
function historyOf(rollout: Rollout, service: string): Evidence | null {
  const stable = rollout.watch.arms.find((arm) => arm.role === 'stable' && arm.service === service);
  return stable?.last ?? null;
}

/**
 * Takes in the falls of the new revisions up to now; time counts from when one of them first ran. Falls are rare: before the
 * first there is nothing to weigh, after it all the time without another one speaks for the release. That time is taken
 * in with the requests, not at each look at the replicas, which would write down a change several times in a second.
 */
export function crashesCounted(rollout: Rollout, now: Instant, isWithRequests: boolean): Rollout {
  const { crashes } = rollout.watch;
  const falls = crashesOfNext(rollout);
  const running = runningOfNext(rollout);
  const into = (changes: Partial<typeof crashes>) => ({
    ...rollout,
    watch: { ...rollout.watch, crashes: { ...crashes, ...changes } },
  });
  if (falls === crashes.falls) {
    if (crashes.at === null && running > 0) return into({ at: now });
    if (crashes.evidence.falls === 0 || crashes.at === now || !isWithRequests) return rollout;
  }
  const evidence = addCrashes(crashes.evidence, {
    at: lengthBetween(rollout.startedAt, now) / 1_000,
    // A replica that is gone took its count with it.
    falls: Math.max(0, falls - crashes.falls),
    replicaSeconds: (running * Math.max(0, lengthBetween(crashes.at ?? now, now))) / 1_000,
  });
  return into({ evidence, falls, at: now });
}

function runningOfNext({ plan, seen }: Rollout): number {
  const next = new Set(plan.moves.flatMap((move) => (move.next === null ? [] : [move.next.id])));
  return seen.reduce((sum, { revision, running }) => sum + (next.has(revision) ? running : 0), 0);
}
