import type { CheckView, FlagView, ProbeView } from '#api/browser';
import type { Rollout } from '#core/release';
import type { Check, Environment } from '#core/system';
import { type Instant, millis } from '#kernel';
import { checkWords } from './words.ts';

/** What a check said, and when. */
export type CheckResult = NonNullable<CheckView['last']>;

/** What checks said last, by name. */
export type CheckResults = ReadonlyMap<string, CheckResult>;

/** Declared checks, each with the newest of what is known of it. */
export function checkViews(environment: Environment, known: readonly CheckResults[]): readonly CheckView[] {
  const gated = new Set(environment.release.gate.checks);
  return environment.checks.map((check) => ({
    name: check.name,
    kind: check.run.kind,
    about: checkWords(check),
    every: check.every,
    timeout: check.timeout,
    gates: gated.has(check.name),
    last: newestOf(check, known),
  }));
}

function newestOf({ name }: Check, known: readonly CheckResults[]): CheckResult | null {
  const results = known.flatMap((results) => results.get(name) ?? []);
  return results.toSorted((a, b) => b.at - a.at)[0] ?? null;
}

/** What the gate of a rollout has heard of its checks. */
export function resultsOfRollout(rollout: Rollout | null): CheckResults {
  const heard = (rollout?.watch.checks ?? []).flatMap(({ name, result }) =>
    result === null ? [] : [[name, { ...result, took: null }] as const],
  );
  return new Map(heard);
}

/** What the checks said when somebody asked for all of them. */
export function resultsOfProbe(results: readonly ProbeView[], at: Instant): CheckResults {
  const said = results.map(
    ({ name, green, detail, tookMillis }) => [name, { at, green, detail, took: millis(tookMillis) }] as const,
  );
  return new Map(said);
}

export function flagViews({ flags }: Environment): readonly FlagView[] {
  return Object.entries(flags).map(([name, value]) => {
    const kind = typeof value;
    return {
      name,
      kind: kind === 'boolean' || kind === 'number' ? kind : 'string',
      value,
    };
  });
}
