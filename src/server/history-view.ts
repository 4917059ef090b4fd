import type { ExplainView, HistoryItem, TimelineEntry } from '#api';
import type { Rollout } from '#core/release';
import { currentOf } from '#engine';
import { type Failure, fail, type Instant, ok, type Result } from '#kernel';
import { type Digest, type Digests, noExposure } from './digest.ts';
import type { Reading } from './reading.ts';
import { rolloutView } from './rollout-view.ts';
import { createNarrator } from './timeline.ts';

/** Releases of an environment, newest first, each with all that was done with it, the last thing first. */
export async function historyView(
  reading: Reading,
  digests: Digests,
  now: Instant,
  explain: (failure: Failure) => string,
): Promise<HistoryItem[]> {
  const { row, runner } = reading;
  const [releases, rollouts] = await Promise.all([runner.ledger.releases(), runner.ledger.rollouts()]);
  const told = await digests.of(reading);
  return releases.toReversed().map((release): HistoryItem => {
    const all = rollouts.filter(({ plan }) => plan.release === release.number).toReversed();
    const last = all.find(({ plan }) => plan.manner !== 'contract') ?? null;
    const because = last !== null && 'because' in last ? last.because : null;
    const isCurrent = currentOf(row) === release.number;
    return {
      release: release.number,
      createdAt: release.createdAt,
      by: release.by,
      note: release.note,
      source: release.source,
      outcome: last?.phase ?? (row.queued?.release === release.number ? 'queued' : 'none'),
      because: because === null ? null : explain(because),
      current: isCurrent,
      warm: row.warm?.release === release.number && row.warm.until > now,
      reachable: !isCurrent && row.good.includes(release.number) && release.number >= row.contracted,
      endedAt: last === null ? null : (told.get(last.plan.id)?.endedAt ?? null),
      revisions: Object.fromEntries(release.revisions.map(({ service, id }) => [service, id])),
      rollouts: all.flatMap((rollout) => rolloutItem(rollout, told.get(rollout.plan.id), explain)),
    };
  });
}

function rolloutItem(
  rollout: Rollout,
  digest: Digest | undefined,
  explain: (failure: Failure) => string,
): HistoryItem['rollouts'][number][] {
  if (digest === undefined) return [];
  const { plan } = rollout;
  const { id, by, note, startedAt, endedAt, exposure } = digest;
  const because = 'because' in rollout ? explain(rollout.because) : null;
  const canaries = rollout.watch.arms.filter(({ role }) => role === 'canary');
  const sum = (of: 'requests' | 'failures') =>
    canaries.reduce((total, { evidence }) => total + evidence[of], 0);
  return [
    {
      id,
      manner: plan.manner,
      from: plan.from,
      by,
      note,
      startedAt,
      endedAt,
      outcome: rollout.phase,
      because,
      exposure,
      requests: sum('requests'),
      failures: sum('failures'),
    },
  ];
}

/** Why a release ended as it did: its last rollout, the verdict with its numbers, and its timeline. */
export async function explainView(
  reading: Reading,
  digests: Digests,
  number: number | null,
  explain: (failure: Failure) => string,
): Promise<Result<ExplainView>> {
  const { row, active, runner } = reading;
  const rollouts = await runner.ledger.rollouts();
  const found =
    number === null
      ? rollouts.at(-1)
      : rollouts.findLast(({ plan }) => plan.release === number && plan.manner !== 'contract');
  const environment = row.name;
  if (found === undefined) return fail('release_unknown', { release: number ?? 'the last one', environment });
  const digest = (await digests.of(reading)).get(found.plan.id);
  const rollout = active?.plan.id === found.plan.id ? active : found;
  const observation = active?.plan.id === found.plan.id ? await reading.observe() : null;
  return ok({
    environment,
    release: rollout.plan.release,
    by: digest?.by ?? '',
    note: digest?.note ?? '',
    rollout: rolloutView(rollout, explain, observation?.router.previews),
    endedAt: digest?.endedAt ?? null,
    exposure: digest?.exposure ?? noExposure,
    serves: currentOf(row),
    timeline: digest === undefined ? [] : await timelineOf(reading, digests, digest, explain),
  });
}

const pageSize = 500;

/** The entries of one rollout, told. */
async function timelineOf(
  reading: Reading,
  digests: Digests,
  { id, first, last }: Digest,
  explain: (failure: Failure) => string,
): Promise<TimelineEntry[]> {
  const narrator = createNarrator((rollout) => digests.planOf(reading, rollout), explain);
  const timeline: TimelineEntry[] = [];
  for (let after = first - 1; after < last; ) {
    const entries = await reading.runner.ledger.entries(after, pageSize);
    for (const entry of entries) {
      if (entry.sequence > last) break;
      const data = entry.data as { rollout?: number } | null;
      if (data?.rollout === id || entry.type === 'rollback.asked') timeline.push(await narrator.tell(entry));
    }
    after = entries.at(-1)?.sequence ?? last;
  }
  return timeline;
}
