import type { ChecklistRow } from '#core/recovery';
import type { SystemName } from './plan.ts';
import type { Story } from './prove.ts';

/** A point of a checklist that was tried: what has to be, what was seen, and when. `millis`: what was seen, where it is a time. */
export interface Point extends Omit<ChecklistRow, 'id'> {
  readonly system: SystemName;
  readonly id: ChecklistRow['id'] | 'checks' | 'good' | 'bad';
}

/** What the systems have shown, point by point. */
export const checklistOf = (stories: readonly Story[]): readonly Point[] => stories.flatMap(pointsOf);

function pointsOf({ system, at, checks, drill, good, bad }: Story): readonly Point[] {
  const tried = { system, millis: null, at: new Date(at).toISOString() };
  return [
    ...drill.checklist.map((row) => ({ system, ...row })),
    {
      ...tried,
      id: 'checks',
      item: 'Checks that are green',
      declared: 'all',
      measured: String(checks),
      ok: checks > 0,
    },
    {
      ...tried,
      id: 'good',
      item: 'Requests that a good version costs',
      declared: '0',
      measured: `${good.failed} of ${good.requests}, ${good.outcome}`,
      ok: good.outcome === 'promoted' && good.failed === 0,
    },
    {
      ...tried,
      id: 'bad',
      item: 'Requests that a bad version costs those who were not sent to it',
      declared: '0',
      measured: `${bad.failedElsewhere} of ${bad.requests}, ${bad.outcome}`,
      ok: bad.outcome === 'rolledBack' && bad.failedElsewhere === 0,
    },
  ];
}
