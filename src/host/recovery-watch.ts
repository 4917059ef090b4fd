import type { WarningView } from '#api';
import { canonicalJson, describeFailure, fail, millis, ok, type Result } from '#kernel';
import type { RecoveryState } from '#recovery';
import { isOurs } from '#server';
import type { Keepings, Kept } from './recovery-kept.ts';
import type { RecoveriesOptions } from './recovery-site.ts';

/** How often it is looked which environments are up and ours, and how old what `status` says of them may be. */
const lookEvery = millis(1_000);
const warnEvery = millis(30_000);

/** Lets recovery do its regular work in every environment that is up and ours, until the signal is aborted. */
export async function watchEnvironments(
  options: RecoveriesOptions,
  keepings: Keepings,
  ended: AbortSignal,
): Promise<void> {
  const { engine, clock, store, inCharge, report } = options;
  const told = new Map<string, string>();
  while (!ended.aborted) {
    await clock.sleep(lookEvery, ended);
    if (ended.aborted) return;
    for (const row of await store.rows('environment', '').catch(() => [])) {
      const looked = await tend(row.key).catch((reason: unknown) => broken(reason));
      const code = looked.ok ? '' : canonicalJson(looked.error);
      // What stays as it is was said once.
      if (!looked.ok && told.get(row.key) !== code) report(looked.error);
      told.set(row.key, code);
    }
  }

  /** Begins or ends the regular work of an environment. */
  async function tend(name: string): Promise<Result<null>> {
    const runner = await engine.runner(name);
    const { status, environment, opening, closing } = runner.ledger.environment;
    const isDeclared =
      environment?.recovery !== undefined || environment?.stores.some(({ backup }) => backup !== undefined);
    // Stores that are still starting would only be reported as not copied.
    const isSettled = status === 'up' && opening === null && closing === null;
    const wanted = isSettled && isDeclared === true && isOurs(inCharge, name, clock);
    if (!wanted) {
      if (keepings.known(name)?.keeping != null) await keepings.drop(name);
      return ok(null);
    }
    const found = await keepings.of(name);
    if (!found.ok) return found;
    const now = found.value;
    now.keeping ??= now.recovery.keep(now.stop.signal).catch((reason: unknown) => {
      report(broken(reason).error);
      now.keeping = null;
    });
    if (clock.now() - now.warnedAt >= warnEvery) void warn(now);
    return ok(null);
  }

  async function warn(known: Kept): Promise<void> {
    known.warnedAt = clock.now();
    const state = await known.recovery.state().catch((reason: unknown) => broken(reason));
    known.warnings = warningsOf(state);
  }
}

/** A place that cannot be asked is a warning itself: what was said of its copies before may not hold any more. */
export function warningsOf(state: Result<Pick<RecoveryState, 'stores'>>): readonly WarningView[] {
  if (state.ok) return worstFirst(state.value.stores.flatMap(({ warnings }) => warnings));
  const { code } = state.error;
  return [{ code, sentence: describeFailure(state.error).sentence, severity: 'error' }];
}

const worstFirst = (warnings: readonly WarningView[]) =>
  warnings.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));

/** What nobody expected, as a failure. */
export const broken = (reason: unknown) =>
  fail('recovery_broken', {
    what: 'what keeps the data safe',
    reason: reason instanceof Error ? reason.message : String(reason),
  });
