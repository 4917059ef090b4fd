import { timeSpan } from '#api';
import { describeFailure, type Facts as FailureFacts, type Json } from '#kernel';

type Facts = { readonly [key: string]: Json };

/** An entry of the stream `recovery/<environment>` in one sentence. */
export function evidenceSentence(type: string, data: Json): string {
  const facts = (typeof data === 'object' && data !== null && !Array.isArray(data) ? data : {}) as Facts;
  switch (type) {
    case 'recovery.step':
      return `${text(facts['by'])} at step ${text(facts['step'])} of ${text(facts['scenario'])}: ${text(facts['what'])}: ${text(facts['result'])}${behind(facts['detail'])}`;
    case 'recovery.copied':
      return `${text(facts['of'])} was copied and read back (${text(facts['why'])}): ${text(facts['id'])}`;
    case 'recovery.copy_failed':
      return `the copy of ${text(facts['of'])} failed: ${failureIn(facts)}`;
    case 'recovery.restored':
      return `${text(facts['by'])} restored ${text(facts['store'])} beside the running one: ${text(facts['id'])}${noteIn(facts)}`;
    case 'recovery.restore_failed':
      return `the restore of ${text(facts['store'])} that ${text(facts['by'])} asked for failed: ${failureIn(facts)}`;
    case 'recovery.exchanged':
      return `${text(facts['by'])} put ${text(facts['side'])} in the place of ${text(facts['store'])}; the former data lie in ${text(facts['former'])}${noteIn(facts)}`;
    case 'recovery.exchange_failed':
      return `the exchange of ${text(facts['store'])} that ${text(facts['by'])} asked for failed: ${failureIn(facts)}`;
    case 'recovery.discarded':
      return `${text(facts['by'])} removed the restored ${text(facts['store'])} ${text(facts['side'])}${noteIn(facts)}`;
    case 'recovery.login_given':
      return `${text(facts['by'])} was given the login of the restored ${text(facts['store'])} ${text(facts['side'])}`;
    case 'recovery.drill_begun':
      return `${text(facts['by'])} began the drill ${text(facts['id'])}${noteIn(facts)}`;
    case 'recovery.drilled':
      return `the drill ${text(facts['id'])} ${facts['ok'] === true ? 'is good' : 'failed'}${measured(facts)}`;
    case 'recovery.sides_cleared':
      return 'what a restore had left that did not come to its end was removed';
    case 'recovery.drill_cleared':
      return 'what an interrupted drill had left was removed';
    case 'recovery.held':
      return `${text(facts['by'])} holds ${text(facts['copy']) || 'every copy'} of ${text(facts['of'])}: ${text(facts['reason'])}`;
    case 'recovery.hold_released':
      return `the hold ${text(facts['id'])} was released`;
    case 'recovery.removed':
      return 'copies and log whose time is over were deleted';
    case 'recovery.rotated':
      return `${text(facts['by'])} replaced the generated secrets${noteIn(facts)}`;
    case 'recovery.failover_done':
      return `standby ${text(facts['standby'])} of ${text(facts['of'])} took over in ${text(facts['tookMillis'])} ms; ${facts['lossless'] === true ? 'nothing that was acknowledged was lost' : 'its last writes may be lost'}`;
    case 'recovery.failover_given_up':
      return `no standby of ${text(facts['of'])} could take over: ${text(facts['reason']).replaceAll('_', ' ')}`;
    case 'recovery.warning':
      return `warning: ${text(facts['sentence'])}`;
    case 'recovery.warning_ended':
      return endedSentence(text(facts['code']), text(facts['of']));
    default:
      return type;
  }
}

/** What a warning that has ended said; the entry has only its code. */
const ended: Readonly<Record<string, string>> = {
  recovery_no_copy: 'there is a copy again',
  recovery_copy_failed: 'the newest copy succeeded',
  recovery_copy_old: 'the newest copy is young enough',
  recovery_rpo_at_risk: 'what would be lost is within the bound',
  recovery_log_off: 'the log is handed over',
  recovery_log_failing: 'the log is handed over',
  recovery_log_gap: 'the log has no gap',
  recovery_clock_jumped: 'the clock is right',
  recovery_same_machine: 'copies go elsewhere',
  recovery_drill_failed: 'a drill was good',
  recovery_drill_overdue: 'a drill was done',
  recovery_rto_missed: 'the bound of the RTO was kept',
  recovery_rpo_missed: 'the bound of the RPO was kept',
};

const endedSentence = (code: string, of: string) =>
  `a warning about ${of} is over: ${ended[code] ?? code.replaceAll('_', ' ')}`;

const text = (value: Json | undefined) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const behind = (value: Json | undefined) => (text(value) === '' ? '' : ` (${text(value)})`);

const noteIn = (facts: Facts) => (text(facts['note']) === '' ? '' : `: "${text(facts['note'])}"`);

/** The code stays in the journal; its sentence is that of today. */
const failureIn = (facts: Facts) =>
  describeFailure({ code: text(facts['code']), facts: (facts['facts'] ?? {}) as FailureFacts }).sentence;

function measured(facts: Facts): string {
  const shown = (['rto', 'rpo'] as const).flatMap((name) => {
    const value = facts[name];
    return typeof value === 'number' ? [`${name.toUpperCase()} ${timeSpan(value)}`] : [];
  });
  return shown.length === 0 ? '' : `: ${shown.join(', ')}`;
}
