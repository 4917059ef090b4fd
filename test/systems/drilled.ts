import type { RecoveryView } from '#api';
import { type ChecklistRow, checklistRows, type DrillRecord } from '#core/recovery';
import type { RecoveryPolicy } from '#core/system';
import type { Millis } from '#kernel';
import { systemClock } from '../../src/host/clock.ts';
import { readEnvironment } from '../../src/host/definitions.ts';
import type { Place, Ran } from '../e2e/place.ts';

/** What a restore of the system came to, beside what the system declares. */
export interface Drilled {
  /** From the order to the last green check. */
  readonly rto: Millis | null;
  /** Age, at the order, of the newest write that was brought back. */
  readonly rpo: Millis | null;
  /** As declared: `<15m`. */
  readonly rtoDeclared: string | null;
  readonly rpoDeclared: string | null;
  /** Everything went through, and both bounds hold. */
  readonly ok: boolean;
  /** The same as lines of a checklist for going live. */
  readonly checklist: readonly ChecklistRow[];
}

/** What `fairway drill --json` answers. */
interface Answer {
  readonly drill: DrillRecord;
  readonly bounds: RecoveryView['bounds'];
}

/** Copies everything of a running system, restores it beside it, and measures that. What goes wrong is added to the problems. */
export async function drilled(place: Place, problems: string[]): Promise<Drilled> {
  const copied = await place.fairway('backup');
  if (copied.exitCode !== 0) problems.push(`fairway backup ended with ${copied.exitCode}: ${copied.output}`);
  const policy = await policyOf(place);
  const ran = await place.fairway('drill', '--json');
  const answer = answerOf(ran);
  const checklist = checklistRows(policy, answer === null ? [] : [answer.drill], systemClock.now());
  if (answer === null) {
    problems.push(`fairway drill ended with ${ran.exitCode} and told nothing of a drill: ${ran.output}`);
    return { rto: null, rpo: null, rtoDeclared: null, rpoDeclared: null, ok: false, checklist };
  }
  const { drill, bounds } = answer;
  const isGood = ran.exitCode === 0 && drill.ok && bounds?.rto.ok === true && bounds.rpo.ok === true;
  if (!isGood) problems.push(`the drill failed: ${drill.findings.join(' ')} ${stepsOf(drill)}`);
  return {
    rto: drill.rto,
    rpo: drill.rpo,
    rtoDeclared: bounds?.rto.declared ?? null,
    rpoDeclared: bounds?.rpo.declared ?? null,
    ok: isGood,
    checklist,
  };
}

/** Its answer is one line of what was printed; warnings may stand around it. */
function answerOf({ output }: Ran): Answer | null {
  const line = output.split('\n').find((each) => each.startsWith('{"drill":'));
  return line === undefined ? null : (JSON.parse(line) as Answer);
}

async function policyOf(place: Place): Promise<RecoveryPolicy> {
  const { environment: name } = await place.status();
  const environment = await readEnvironment(place.folder, name);
  const policy = environment.ok ? environment.value.recovery : undefined;
  if (policy === undefined) throw new Error(`${name} declares nothing of recovery`);
  return policy;
}

const stepsOf = ({ steps }: DrillRecord): string =>
  steps
    .filter(({ ok }) => !ok)
    .map(({ name, tookMillis, detail }) => `[${name}, after ${tookMillis} ms: ${detail}]`)
    .join(' ');

/** `14.9 s / <15m`: what was measured, and what is declared. */
export const besideDeclared = (measured: Millis | null, declared: string | null): string =>
  `${spanOf(measured)} / ${declared ?? 'nothing'}`;

export const spanOf = (measured: Millis | null): string =>
  measured === null ? 'not measured' : `${(measured / 1_000).toFixed(1)} s`;
