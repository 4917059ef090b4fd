import { type BoundView, type OperationView, type RecoveryView, type StoreSafetyView, timeSpan } from '#api';
import { type DrillRecord, sideGoesAt } from '#core/recovery';
import type { Instant } from '#kernel';
import { sizeText, table } from './table.ts';

/** How safe everything is now: what people should know first. */
export function recoveryLines(view: RecoveryView, now: Instant): string[] {
  const where = view.isOffSite ? view.place : `${view.place} (ON THIS MACHINE)`;
  return [
    ...warningLines(view.stores),
    ...(view.running === null ? [] : [runningLine(view.running, now), '']),
    `${view.system} / ${view.environment}: copies at ${where}, opened by ${view.keyFile}`,
    '',
    ...storeLines(view.stores, now),
    ...(view.bounds === null ? [] : ['', ...boundLines(view.bounds, now)]),
    ...section(
      'drills',
      view.drills.slice(0, 3).map((drill) => drillRow(drill, now)),
    ),
    ...(view.nextDrill === null ? [] : [`next drill ${inTime(view.nextDrill, now)}`]),
    ...section(
      'restored beside',
      view.sides.map((side) => [
        `  ${side.id}`,
        side.store,
        side.address,
        `kept until it goes ${inTime(sideGoesAt(side), now)}`,
      ]),
    ),
    ...section(
      'held',
      view.holds.map(({ id, of, copy, reason, by }) => [
        `  ${id}`,
        of,
        copy ?? 'every copy',
        `${reason} (${by})`,
      ]),
    ),
  ];
}

function runningLine({ kind, doing, share, begunAt }: OperationView, now: Instant): string {
  const part = share === null ? '' : `, ${Math.floor(share * 100)} %`;
  return `${kind} under way for ${timeSpan(now - begunAt)}${part}: ${doing}`;
}

function warningLines(stores: readonly StoreSafetyView[]): string[] {
  const near = stores.filter(({ warnings }) => warnings.some(isNear)).map(({ store }) => store);
  const all = stores
    .flatMap(({ warnings }) => warnings)
    .filter((warning) => !isNear(warning) || near.length < 2);
  const worstFirst = all.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
  const lines = worstFirst.map(
    ({ severity, sentence }) => `${severity === 'error' ? 'ERROR  ' : 'warning'}  ${sentence}`,
  );
  if (near.length > 1)
    lines.push(
      `warning  The copies of ${near.join(', ')} lie on this machine and are lost with it: name a place elsewhere in FAIRWAY_BACKUP_TO.`,
    );
  return lines.length === 0 ? [] : [...new Set(lines), ''];
}

/** Said of every store alike; one line is enough. */
const isNear = ({ code }: { readonly code: string }) => code === 'recovery_same_machine';

function storeLines(stores: readonly StoreSafetyView[], now: Instant): string[] {
  const rows = stores.map((store) => [
    store.store,
    store.newest === null
      ? store.declared
        ? 'NONE'
        : 'none, none declared'
      : `${timeSpan(now - store.newest)} ago`,
    `${store.copies}`,
    sizeText(store.bytes),
    store.range === null
      ? '-'
      : `${timeSpan(now - store.range.from)} to ${timeSpan(now - store.range.until)} ago`,
    store.atRisk === null ? 'everything' : `the last ${timeSpan(store.atRisk)}`,
  ]);
  return table([
    ['STORE', 'NEWEST COPY', 'COPIES', 'STORED', 'ANY MOMENT FROM', 'LOST IF ALL IS GONE NOW'],
    ...rows,
  ]);
}

function boundLines(bounds: NonNullable<RecoveryView['bounds']>, now: Instant): string[] {
  const row = (name: string, { declared, measured, ok }: BoundView) => [
    name,
    declared,
    measured === null ? (ok === false ? 'not reached' : 'never measured') : spanText(measured),
    ok === null ? '-' : ok ? 'kept' : 'BROKEN',
  ];
  const when = bounds.measuredAt === null ? [] : [`measured ${timeSpan(now - bounds.measuredAt)} ago`];
  return [
    ...table([['BOUND', 'DECLARED', 'MEASURED', ''], row('RTO', bounds.rto), row('RPO', bounds.rpo)]),
    ...when,
  ];
}

/** Below ten seconds the tenths matter. */
export const spanText = (length: number) =>
  length < 10_000 ? `${(length / 1_000).toFixed(1)}s` : timeSpan(length);

function drillRow({ at, ok, rto, rpo, findings }: DrillRecord, now: Instant): string[] {
  const measured = (name: string, value: number | null) =>
    value === null ? '' : `${name} ${spanText(value)}`;
  return [
    `  ${timeSpan(now - at)} ago`,
    ok ? 'good' : 'FAILED',
    [measured('RTO', rto), measured('RPO', rpo)].filter((text) => text !== '').join(', '),
    findings[0] ?? '',
  ];
}

const section = (title: string, rows: readonly (readonly string[])[]) =>
  rows.length === 0 ? [] : ['', `${title}:`, ...table(rows)];

const inTime = (at: Instant, now: Instant) => (at <= now ? 'is due' : `in ${timeSpan(at - now)}`);

/** A drill that was just run: its steps with their times, and what it measured beside what is declared. */
export function drillLines(drill: DrillRecord, bounds: RecoveryView['bounds'], now: Instant): string[] {
  const steps = drill.steps.map(({ name, tookMillis, ok, detail }, number) => [
    `${number + 1}.`,
    name,
    ok ? 'good' : 'FAILED',
    spanText(tookMillis),
    detail,
  ]);
  return [
    ...table(steps),
    '',
    ...(bounds === null ? measuredLines(drill) : boundLines(bounds, now).slice(0, 3)),
    ...(drill.findings.length === 0 ? [] : ['', ...drill.findings.map((finding) => `! ${finding}`)]),
    drill.ok ? 'the drill is good' : 'THE DRILL FAILED',
  ];
}

function measuredLines({ rto, rpo }: DrillRecord): string[] {
  const text = (value: number | null) => (value === null ? 'not measured' : spanText(value));
  return table([
    ['RTO', text(rto)],
    ['RPO', text(rpo)],
  ]);
}
