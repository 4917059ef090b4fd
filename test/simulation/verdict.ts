import type { Release, Rollout, RolloutRecord } from '#core/release';
import { currentOf, type EnvironmentRow } from '#engine';
import type { JournalEntry, Store } from '#ports';
import type { World } from '#targets/simulated';

/** What must hold once everything has healed and come to rest; a sentence for each thing that does not. */
export async function verdictOf(options: {
  readonly store: Store;
  readonly world: World;
  readonly names: readonly string[];
  /** Whether a revision would be ready if nothing but itself were in its way. */
  readonly isHealthy: (revision: string) => boolean;
}): Promise<string[]> {
  const { store, world, names, isHealthy } = options;
  const problems: string[] = [];
  for (const name of names) {
    const row = (await store.row('environment', name))?.value as unknown as EnvironmentRow | undefined;
    if (row === undefined) continue;
    const say = (sentence: string) => void problems.push(`${name}: ${sentence}`);
    if ((await store.verify(name)) !== null) say('the journal has been changed');
    const entries = await store.read(name, 0, 1_000_000);
    oneEndEach(entries, row, say);
    if (row.status !== 'up') continue;
    if (row.rollout !== null)
      say(`rollout ${row.rollout} has no end: ${await whereItStands(store, name, row.rollout)}`);
    if (row.queued !== null && !row.stuck) say(`release ${row.queued.release} never began`);
    if (row.contracts.length > 0 && !contractFails(entries))
      say(`contracts are left: ${JSON.stringify(row.contracts)}`);
    if (row.stuck || row.rollout !== null) continue; // it says why, and waits for a person
    const current = currentOf(row);
    const release =
      current === null ? null : await store.row('release', `${name}/${String(current).padStart(8, '0')}`);
    if (release !== null) {
      const { revisions } = release.value as unknown as Release;
      if (revisions.every(({ id }) => isHealthy(id))) await serves(world, name, revisions, say);
    }
  }
  return problems;
}

/** R12: each rollout ends once, with a cause unless it was promoted. */
function oneEndEach(
  entries: readonly JournalEntry[],
  row: EnvironmentRow,
  say: (sentence: string) => void,
): void {
  const ends = new Map<number, number>();
  for (const { type, data } of entries) {
    if (type !== 'rollout') continue;
    const record = data as unknown as RolloutRecord;
    if (!record.over) continue;
    ends.set(record.rollout, (ends.get(record.rollout) ?? 0) + 1);
    if (record.phase !== 'promoted' && record.because === null)
      say(`R12: rollout ${record.rollout} ended without a cause`);
  }
  for (let id = 1; id <= row.lastRollout; id++) {
    const count = ends.get(id) ?? 0;
    if (count !== 1 && id !== row.rollout) say(`R12: rollout ${id} ended ${count} times`);
  }
}

const contractFails = (entries: readonly JournalEntry[]) =>
  entries.some(({ type, data }) => {
    const record = data as unknown as RolloutRecord;
    return type === 'rollout' && record.over && record.phase === 'failed';
  });

async function whereItStands(store: Store, name: string, id: number): Promise<string> {
  const row = await store.row('rollout', `${name}/${String(id).padStart(8, '0')}`);
  const { phase, pending, paused } = (row?.value ?? {}) as unknown as Rollout;
  return JSON.stringify({ phase, paused, pending: pending?.map((effect) => `${effect.id} ${effect.do}`) });
}

/** R11 at rest: the current release, whole, has all the traffic, and nothing else runs but what is kept warm. */
async function serves(
  world: World,
  name: string,
  revisions: Release['revisions'],
  say: (sentence: string) => void,
): Promise<void> {
  const seen = await world.target(name).observe();
  for (const { id, spec, service } of revisions) {
    const ready = seen.replicas.filter(({ revision, state }) => revision === id && state === 'ready');
    if (ready.length === 0 && spec.replicas > 0) say(`no replica of ${id} is ready`);
    if (spec.consumer !== null && !ready.some(({ consuming }) => consuming === true))
      say(`nobody takes jobs of ${service}`);
  }
  const mine = new Set(revisions.map(({ id }) => id));
  for (const { revision, consuming } of seen.replicas)
    if (consuming === true && !mine.has(revision)) say(`R14: ${revision} still takes jobs`);
}
