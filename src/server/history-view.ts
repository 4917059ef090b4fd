import type { ExplainView, HistoryItem } from '#api';
import type { Rollout } from '#core/release';
import { currentOf, type Runner } from '#engine';
import { type Failure, fail, type Instant, ok, type Result } from '#kernel';
import { rolloutView } from './rollout-view.ts';
import { timelineEntry } from './timeline.ts';

/** Releases of an environment, newest first, each with how its last rollout ended. */
export async function historyView(
  runner: Runner,
  now: Instant,
  explain: (failure: Failure) => string,
): Promise<HistoryItem[]> {
  const row = runner.ledger.environment;
  const [releases, rollouts] = await Promise.all([runner.ledger.releases(), runner.ledger.rollouts()]);
  return releases.toReversed().map((release): HistoryItem => {
    const last = lastRollout(rollouts, release.number);
    const because = last && 'because' in last ? last.because : null;
    return {
      release: release.number,
      createdAt: release.createdAt,
      by: release.by,
      note: release.note,
      source: release.source,
      outcome: last?.phase ?? 'none',
      because: because === null ? null : explain(because),
      current: currentOf(row) === release.number,
      warm: row.warm?.release === release.number && row.warm.until > now,
      revisions: Object.fromEntries(release.revisions.map(({ service, id }) => [service, id])),
    };
  });
}

const lastRollout = (rollouts: readonly Rollout[], release: number) =>
  rollouts.findLast((rollout) => rollout.plan.release === release);

/** How far back the timeline of a rollout is looked for. */
const pageSize = 500;

/** Why a release ended as it did: its last rollout, the verdict with its numbers, and its timeline. */
export async function explainView(
  runner: Runner,
  number: number | null,
  explain: (failure: Failure) => string,
): Promise<Result<ExplainView>> {
  const rollouts = await runner.ledger.rollouts();
  const found = number === null ? rollouts.at(-1) : lastRollout(rollouts, number);
  const environment = runner.ledger.environment.name;
  if (found === undefined) return fail('release_unknown', { release: number ?? 'the last one', environment });
  const timeline = await timelineOf(runner, found.plan.id, explain);
  const active = runner.active();
  const rollout = active?.plan.id === found.plan.id ? active : found;
  return ok({
    environment,
    release: rollout.plan.release,
    rollout: rolloutView(rollout, explain),
    timeline,
  });
}

async function timelineOf(runner: Runner, rollout: number, explain: (failure: Failure) => string) {
  const timeline = [];
  for (let after = 0; ; ) {
    const entries = await runner.ledger.entries(after, pageSize);
    for (const entry of entries) {
      const data = entry.data as { rollout?: number } | null;
      if (data?.rollout === rollout) timeline.push(timelineEntry(entry, explain));
    }
    const last = entries.at(-1);
    if (last === undefined || entries.length < pageSize) return timeline;
    after = last.sequence;
  }
}
