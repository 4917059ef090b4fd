import { type DrillRecord, verdictOf } from '#core/recovery';
import {
  between,
  describeFailure,
  type Failure,
  fail,
  hours,
  type Instant,
  type Millis,
  minutes,
  ok,
  type Result,
} from '#kernel';
import type { CopyProgress } from '#ports';
import { settled, within } from './calling.ts';
import { type Course, createCourse } from './course.ts';
import type { RecoverySite } from './contract.ts';
import { bringBack } from './drill-data.ts';
import { examineAll, newestWrite } from './drill-look.ts';
import { createScratch, drillName, type Scratch } from './drill-scratch.ts';
import { runChecks, serve } from './drill-serve.ts';
import type { Note } from './evidence.ts';
import type { Tools } from './tools.ts';

export interface DrillAsk {
  readonly id: string;
  readonly by: string;
  readonly note: string;
  readonly signal: AbortSignal;
  readonly progress: (progress: CopyProgress) => void;
}

export const drillKind = 'recovery-drill';
/** Says that a scratch environment may be there: whoever is in charge next removes it. */
export const scratchKind = 'recovery-scratch';

const keptDrills = 100;
/** A drill that takes longer has failed, whatever the bounds say. */
const drillLimit = hours(6);

/**
 * Restores everything that is declared into a scratch environment beside the running system, starts what serves now on it, and
 * runs the system's checks until they are green. Measured are the time from the order to the last green check, and the age of
 * the newest write that was brought back. The log is not cut before: disasters do not announce themselves.
 *
 * Jobs of a restored queue could act on the world outside. Consumers therefore stay paused, unless a check names them in its
 * `needs` or reaches them through what it needs; where a check stays red without them, one replica of each takes jobs after all,
 * and the record says so. What a check itself sends to the outside is sent.
 *
 * The record is written whatever comes of it. Failures: those of writing it.
 */
export async function drill(tools: Tools, ask: DrillAsk): Promise<Result<DrillRecord>> {
  const { site, evidence } = tools;
  const order = site.clock.now();
  const scratch = scratchOf(tools, ask.id);
  const mark = { kind: scratchKind, key: 'drill', value: { id: ask.id, at: order } };
  const begun = await evidence.tell('recovery.drill_begun', { id: ask.id, by: ask.by, note: ask.note }, [
    mark,
  ]);
  if (!begun.ok) return begun;
  const course = createCourse(site.clock, (doing) => ask.progress({ share: null, doing }));
  const limits = { what: 'the drill', within: drillLimit, signal: ask.signal };
  const run = await within(site.clock, limits, (signal) =>
    rehearse(tools, scratch, course, { ...ask, signal, order }),
  );
  ask.progress({ share: null, doing: 'everything of the drill is removed' });
  const cleared = await course.step(
    'cleared',
    () => scratch.clear(),
    () => 'nothing of it is left',
  );
  const record = recordOf(site, ask.id, order, course, run);
  const value = JSON.parse(JSON.stringify(record));
  const notes = [
    { kind: drillKind, key: ask.id, value },
    ...(cleared.ok ? [{ ...mark, value: null }] : []),
    ...(await outlived(tools)),
  ];
  const told = await evidence.tell('recovery.drilled', { ...record, by: ask.by, note: ask.note }, notes);
  return told.ok ? ok(record) : told;
}

/** Rows of drills of long ago; the journal has them all. */
async function outlived({ evidence }: Tools): Promise<readonly Note[]> {
  const rows = await evidence.notes(drillKind);
  const keys = rows.ok ? [...rows.value.keys()].toSorted() : []; // ids sort by time
  return keys.slice(0, -keptDrills).map((key) => ({ kind: drillKind, key, value: null }));
}

export function scratchOf({ site, charge }: Tools, id: string): Scratch {
  const { environment, clock } = site;
  const target = site.scratch(drillName(environment.name));
  return createScratch({ target, environment, clock, id, fence: () => charge.epoch() });
}

/** Removes what a drill left whose control plane was killed. Failures: those of ending it. */
export async function clearLeftOver(tools: Tools): Promise<Result<null>> {
  const marks = await tools.evidence.notes(scratchKind);
  if (!marks.ok || marks.value.size === 0) return marks.ok ? ok(null) : marks;
  const cleared = await settled('the end of a drill', () => scratchOf(tools, 'left-over').clear());
  if (!cleared.ok) return cleared;
  return tools.evidence.tell('recovery.drill_cleared', {}, [
    { kind: scratchKind, key: 'drill', value: null },
  ]);
}

/** What was measured. */
interface Measured {
  readonly rto: Millis;
  readonly newest: Instant | null;
  readonly weak: readonly string[];
}

async function rehearse(
  tools: Tools,
  scratch: Scratch,
  course: Course,
  ask: DrillAsk & { readonly order: Instant },
): Promise<Result<Measured>> {
  const { clock } = tools.site;
  const { signal } = ask;
  const before = await course.step(
    'room',
    () => scratch.clear(),
    () => 'nothing of an earlier drill is there',
  );
  if (!before.ok) return before;
  const brought = await bringBack(tools, scratch, course, signal);
  if (!brought.ok) return brought;
  const opened = await course.step(
    'stores',
    () => open(scratch, signal),
    () => 'they run',
  );
  if (!opened.ok) return opened;
  const newest = await newestWrite(tools, scratch, course, brought.value, signal);
  const [looked, served] = await Promise.all([
    examineAll(tools, scratch, course, signal),
    serve(tools, scratch, course, signal),
  ]);
  if (!served.ok) return served;
  if (!looked.ok) return looked;
  const checked = await runChecks(tools, scratch, course, served.value.revisions, signal);
  if (!checked.ok) return checked;
  const weak = [...brought.value.weak, ...served.value.weak, ...checked.value];
  return ok({ rto: between(ask.order, clock.now()), newest, weak });
}

const open = (scratch: Scratch, signal: AbortSignal) =>
  scratch.call('open', minutes(10), signal, (context) => scratch.target.open(scratch.environment, context));

/** `ok` only where it went through and both declared bounds hold. */
function recordOf(
  { environment }: RecoverySite,
  id: string,
  order: Instant,
  course: Course,
  run: Result<Measured>,
): DrillRecord {
  const rto = run.ok ? run.value.rto : null;
  const rpo = run.ok && run.value.newest !== null ? between(run.value.newest, order) : null;
  const why = run.ok ? [] : [describeFailure(run.error).sentence];
  const drilled: DrillRecord = {
    id,
    environment: environment.name,
    at: order,
    rto,
    rpo,
    ok: run.ok,
    findings: why,
    steps: course.steps(),
  };
  const policy = environment.recovery;
  const weak = run.ok ? run.value.weak : [];
  if (policy === undefined || !run.ok) return { ...drilled, findings: [...why, ...weak] };
  const verdict = verdictOf(drilled, policy);
  const broken = verdict.findings.map((finding) => describeFailure(finding).sentence);
  const unmeasured =
    rpo === null ? ['How old the newest write is that was brought back, nobody can tell.'] : [];
  return { ...drilled, ok: verdict.ok, findings: [...broken, ...unmeasured, ...weak] };
}

/** What a drill that is not in order is called where somebody waits for it. Null: it is in order. */
export function failureOfDrill({ ok: isGood, findings, id }: DrillRecord): Failure | null {
  if (isGood) return null;
  return fail('drill_failed', { drill: id, reason: findings[0] ?? 'no reason was noted' }).error;
}
