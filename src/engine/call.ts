import { after, type Clock, type Millis, type Result } from '#kernel';
import type { EffectContext, TargetResult } from '#ports';
import { bounded } from './perform.ts';

/** Asks a target for something that nobody cancels: it ends by itself, or with its time (R5). */
export function call<T>(
  { epoch }: { readonly epoch: () => number },
  clock: Clock,
  { key, within }: { readonly key: string; readonly within: Millis },
  run: (context: EffectContext) => TargetResult<T>,
): Promise<Result<T>> {
  const context = { key, fence: epoch(), deadline: after(clock.now(), within) };
  return bounded(clock, context, new AbortController().signal, run);
}
