import { boundsOf, checklistRows, drillFindings, dueDrill, safetyOf } from '#core/recovery';
import type { CopyRecord, DrillRecord, LogRecord, RecoveryFinding } from '#core/recovery';
import { describeFailure, type Failure, type Instant, ok, type Result, seconds } from '#kernel';
import type { LogState, StoreCopies } from '#ports';
import { within } from './calling.ts';
import type { RecoveryState, StoreSafety } from './contract.ts';
import { drillKind } from './drill.ts';
import type { News } from './known.ts';
import { historiesOf } from './planning.ts';
import { policyOf } from './retention.ts';
import { sidesOf } from './sides.ts';
import { isDeclared, own, storeOf, type Tools } from './tools.ts';

/** Everything that is known now, and what people should be warned of because of it. */
export interface Assessment {
  readonly state: RecoveryState;
  readonly warnings: readonly {
    readonly of: string;
    readonly code: string;
    readonly sentence: string;
    readonly severity: 'warning' | 'error';
  }[];
}

const askLimit = seconds(15);

/** Looks at repository, rows and stores. A store that does not answer is told as one of which little is known. */
export async function assess(tools: Tools, news: News, signal: AbortSignal): Promise<Result<Assessment>> {
  const { site, catalogue } = tools;
  const { environment, clock, repository } = site;
  const [survey, holds, sides, drills, since] = await Promise.all([
    catalogue.survey(null, signal),
    catalogue.holds.list(signal),
    sidesOf(tools),
    drillsOf(tools),
    begunAt(tools),
  ]);
  if (!survey.ok) return survey;
  if (!holds.ok) return holds;
  if (!sides.ok) return sides;
  if (!drills.ok) return drills;
  const now = clock.now();
  const { copies } = survey.value;
  const damages = survey.value.findings.map((failure) => ({ failure, of: storeIn(failure) }));
  const about = { tools, news, copies, damages, since, signal };
  const names = [...environment.stores.map(({ name }) => name), own];
  const stores: StoreSafety[] = [];
  for (const of of names) {
    const safety = await safetyOfStore(about, of);
    if (!safety.ok) return safety;
    stores.push(safety.value);
  }
  const policy = environment.recovery ?? null;
  const firstAt = firstCopyAt(copies);
  const ofDrills = policy === null ? [] : drillFindings(policy, drills.value, firstAt, now).map(inWords);
  const warnings = [
    ...stores.flatMap((store) => store.warnings.map((warning) => ({ ...warning, of: store.store }))),
    ...ofDrills.map((warning) => ({ ...warning, of: environment.name })),
    // Also of stores that are not declared any more.
    ...damages
      .filter(({ of }) => !names.some((name) => name === of))
      .map(({ failure }) => ({ ...warned(failure, 'warning'), of: environment.name })),
  ];
  const state: RecoveryState = {
    environment: environment.name,
    place: repository.depot.shown,
    isOffSite: repository.depot.isOffSite,
    recipient: catalogue.recipient,
    stores,
    copies,
    holds: holds.value,
    sides: sides.value,
    drills: drills.value,
    nextDrill: policy === null ? null : dueDrill(policy, drills.value, firstAt, now).nextAt,
    bounds: policy === null ? null : boundsOf(policy, drills.value, now),
    checklist: policy === null ? [] : checklistRows(policy, drills.value, now),
  };
  return ok({ state, warnings });
}

/** Oldest first. */
export async function drillsOf({ evidence }: Tools): Promise<Result<readonly DrillRecord[]>> {
  const rows = await evidence.notes(drillKind);
  if (!rows.ok) return rows;
  const drills = [...rows.value.values()].map((value) => value as unknown as DrillRecord);
  return ok(drills.toSorted((a, b) => a.at - b.at));
}

export const firstCopyAt = (copies: readonly CopyRecord[]): Instant | null =>
  copies.toSorted((a, b) => a.verifiedAt - b.verifiedAt)[0]?.verifiedAt ?? null;

/** Since when recovery has been looked after here; now where it never was. */
async function begunAt({ site, evidence }: Tools): Promise<Instant> {
  const first = await site.store.read(evidence.stream, 0, 1).catch(() => []);
  return first[0]?.at ?? site.clock.now();
}

interface About {
  readonly tools: Tools;
  readonly news: News;
  readonly copies: readonly CopyRecord[];
  /** Copies that are there and cannot be brought back; `of` null: nobody can tell of what. */
  readonly damages: readonly { readonly failure: Failure; readonly of: string | null }[];
  readonly since: Instant;
  readonly signal: AbortSignal;
}

async function safetyOfStore(about: About, of: string): Promise<Result<StoreSafety>> {
  const { tools, news, since, signal } = about;
  const { site, catalogue } = tools;
  const store = storeOf(tools, of);
  const log = store?.log == null ? ok<readonly LogRecord[]>([]) : await catalogue.log(of, signal);
  if (!log.ok) return log;
  const histories = await historiesOf(tools, log.value, signal);
  if (!histories.ok) return histories;
  const logState = store === null ? null : await logStateOf(tools, store, signal);
  const { waiting, waitingSince, notCopied, notShipped, noPulse } = news.of(of);
  const kind = store?.spec.kind ?? 'fairway';
  const copies = about.copies.filter((copy) => copy.of === of);
  const { depot } = site.repository;
  const safety = safetyOf({
    of,
    kind,
    policy: policyOf(tools, of),
    recovery: site.environment.recovery ?? null,
    copies,
    log: log.value,
    histories: histories.value,
    logState,
    waiting,
    waitingSince,
    place: depot.shown,
    isOffSite: depot.isOffSite,
    since,
    now: site.clock.now(),
  });
  // What goes wrong while it is looked after, for as long as it does.
  const seen = [
    ...whenFailed(notCopied, (reason) => ({ code: 'recovery_copy_failed', facts: { of, reason } })),
    ...whenFailed(notShipped, (reason) => ({ code: 'recovery_log_not_shipped', facts: { of, reason } })),
    ...whenFailed(noPulse, (reason) => ({ code: 'recovery_no_pulse', facts: { of, reason } })),
  ];
  const damaged = about.damages.filter((damage) => damage.of === of);
  const isLogDeclared = store !== null && store.log !== null && store.spec.backup?.logEvery != null;
  return ok({
    store: of,
    kind,
    declared: store === null || isDeclared(store.spec),
    copies: safety.copies,
    newest: safety.newest,
    bytes: safety.bytes,
    range: safety.range,
    atRisk: safety.atRisk,
    log: isLogDeclared ? { on: logState?.on ?? false, waiting, failing: logState?.failing ?? null } : null,
    warnings: [
      ...safety.findings.map(inWords),
      ...seen,
      ...damaged.map(({ failure }) => warned(failure, 'warning')),
    ],
  });
}

async function logStateOf(
  { site }: Tools,
  { spec, log }: StoreCopies,
  signal: AbortSignal,
): Promise<LogState | null> {
  if (log === null || spec.backup?.logEvery == null) return null;
  const limits = { what: `the log of ${spec.name}`, within: askLimit, signal };
  const state = await within(site.clock, limits, () => log.state());
  return state.ok ? state.value : null;
}

const warned = (failure: Failure, severity: RecoveryFinding['severity']) => ({
  code: failure.code,
  severity,
  sentence: describeFailure(failure).sentence,
});

const inWords = ({ code, facts, severity }: RecoveryFinding) => warned({ code, facts }, severity);

function whenFailed(because: Failure | null, failureOf: (reason: string) => Failure) {
  return because === null ? [] : [warned(failureOf(describeFailure(because).sentence), 'error')];
}

/** The store of a copy that was found damaged: its record may be what is damaged, and lies at `…/copies/<of>/<id>/…`. */
function storeIn({ facts }: Failure): string | null {
  const { of, path } = facts;
  if (typeof of === 'string') return of;
  return typeof path === 'string' ? (/(?:^|\/)copies\/([^/]+)\//.exec(path)?.[1] ?? null) : null;
}
