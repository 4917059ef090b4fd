import type { Counts, Learned } from '#core/gate';
import type { Failure, Millis } from '#kernel';
import type { Readiness, Unread } from './rollout.ts';

/** What the gate learned of a service between rollouts. */
export interface LearnedOf extends Learned {
  readonly service: string;
  readonly revision: string;
}

/** What can happen to a rollout. */
export type RolloutEvent =
  /** `learned`: what is known of the revisions that serve; left out: nothing. */
  | { readonly type: 'begin'; readonly learned?: readonly LearnedOf[] }
  /** Time has passed; deadlines are looked at. Every other event looks at them too. */
  | { readonly type: 'tick' }
  /** A controller goes on after nobody had been in charge for a while. */
  | { readonly type: 'tookOver'; readonly away: Millis }
  | { readonly type: 'observed'; readonly readiness: readonly Readiness[] }
  | {
      readonly type: 'measured';
      readonly counts: readonly Counts[];
      /** Left out: everything was read. */
      readonly unread?: readonly Unread[];
    }
  | { readonly type: 'effectDone'; readonly id: string }
  | { readonly type: 'effectFailed'; readonly id: string; readonly failure: Failure }
  | { readonly type: 'checkDone'; readonly id: string; readonly green: boolean; readonly detail: string }
  | {
      readonly type: 'jobProgressed';
      readonly id: string;
      readonly resume: string;
      readonly done: number | null;
      readonly of: number | null;
    }
  | { readonly type: 'jobDone'; readonly id: string; readonly exitCode: number; readonly detail: string }
  | { readonly type: 'promote'; readonly by: string; readonly note: string }
  | { readonly type: 'approve'; readonly by: string; readonly note: string; readonly role: string }
  | { readonly type: 'pause'; readonly by: string; readonly note: string }
  | { readonly type: 'resume'; readonly by: string; readonly note: string }
  | { readonly type: 'abort'; readonly by: string; readonly note: string }
  /** A newer release has been asked for, and the policy lets it go first. */
  | { readonly type: 'supersede'; readonly by: string; readonly release: number };
