import type { Counts } from '#core/gate';
import type { Failure } from '#kernel';
import type { Readiness } from './rollout.ts';

/** What can happen to a rollout. */
export type RolloutEvent =
  | { readonly type: 'begin' }
  /** Time has passed; deadlines are looked at. Every other event looks at them too. */
  | { readonly type: 'tick' }
  | { readonly type: 'observed'; readonly readiness: readonly Readiness[] }
  | { readonly type: 'measured'; readonly counts: readonly Counts[] }
  | { readonly type: 'effectDone'; readonly id: string }
  | { readonly type: 'effectFailed'; readonly id: string; readonly failure: Failure }
  | { readonly type: 'checkDone'; readonly id: string; readonly green: boolean; readonly detail: string }
  | { readonly type: 'promote'; readonly by: string }
  | { readonly type: 'abort'; readonly by: string; readonly note: string };
