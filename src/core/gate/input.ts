import type { GatePolicy } from '#core/system';
import type { CrashEvidence } from './crashes.ts';
import type { Evidence } from './evidence.ts';
import type { Harm } from './harm.ts';
import type { GateSettings } from './settings.ts';
import type { Comparison } from './state.ts';

export interface GateInput {
  /** Services with a canary that answers requests: the same ones during a whole rollout, for they share one budget. */
  readonly services: readonly ServiceInput[];
  readonly crashes: CrashEvidence;
  /** The last result of each check the policy names; a check without a result in this step is absent. */
  readonly checks: readonly { readonly name: string; readonly green: boolean; readonly detail: string }[];
  /** The hold's time is over: what there is must do, so the scores of the deadline are looked at. */
  readonly over: boolean;
}

export interface ServiceInput {
  readonly service: string;
  /** Whether this step asks for evidence of it; harm is looked for either way. */
  readonly stepping: boolean;
  readonly comparison: Comparison;
  /** Since the present step began. */
  readonly step: { readonly canary: Evidence; readonly stable: Evidence };
  /** Requests of the canary per second now; null: unknown. */
  readonly rate: number | null;
}

/** What the gate asks of a policy; what may be left out has the default of `GateSettings`. */
export type JudgePolicy = Pick<
  GatePolicy,
  'errorShare' | 'slowerThan' | 'slowShare' | 'minimumRequests' | 'checks'
> &
  Partial<Pick<GatePolicy, 'falseAlarms' | 'latencyTolerance' | 'warmUp'>>;

/** What all signals of one look share. */
export interface Look {
  readonly policy: JudgePolicy;
  readonly settings: GateSettings;
  readonly harm: Harm;
  readonly over: boolean;
}
