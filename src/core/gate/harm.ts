import { harmOf } from './comparison.ts';
import type { CrashEvidence } from './crashes.ts';
import { answersOf } from './evidence.ts';
import { logAddExp } from './logarithms.ts';
import type { Comparison } from './state.ts';

/** One of the e-values whose weighted mean is the harm of a release. */
export interface HarmTerm {
  readonly name: 'errors' | 'latency' | 'crashes';
  readonly subject: string;
  readonly weight: number;
  /** Natural log of weight times e-value. */
  readonly logShare: number;
}

export interface Harm {
  readonly terms: readonly HarmTerm[];
  readonly largest: HarmTerm;
  /** Natural log of the weighted mean. */
  readonly combined: number;
}

const crashWeight = 0.1;

/**
 * A weighted mean of e-values is an e-value however they depend on each other (Vovk and Wang, "E-values", 2021), so one budget of
 * false alarms covers all services and signals. Crashes weigh a tenth, each service the same of the rest, half of it errors and
 * half latency; a service whose source knows no latency bets all on errors.
 */
export function harmOfAll(
  services: readonly { readonly service: string; readonly comparison: Comparison }[],
  crashes: CrashEvidence,
): Harm {
  const first = termOf('crashes', 'canary', crashWeight, crashes.mixture.logE);
  const each = (1 - crashWeight) / services.length;
  const terms = [first, ...services.flatMap(({ service, comparison }) => termsOf(service, comparison, each))];
  return {
    terms,
    largest: terms.reduce((a, b) => (b.logShare > a.logShare ? b : a), first),
    combined: terms.reduce((sum, { logShare }) => logAddExp(sum, logShare), Number.NEGATIVE_INFINITY),
  };
}

function termsOf(subject: string, comparison: Comparison, weight: number): readonly HarmTerm[] {
  const { errors, latency } = harmOf(comparison);
  if (!knowsLatency(comparison)) return [termOf('errors', subject, weight, errors)];
  return [termOf('errors', subject, weight / 2, errors), termOf('latency', subject, weight / 2, latency)];
}

function termOf(name: HarmTerm['name'], subject: string, weight: number, logE: number): HarmTerm {
  return { name, subject, weight, logShare: Math.log(weight) + logE };
}

/** Whether the source of a service tells latencies; believed until answers came without them. */
export function knowsLatency({ stable, canary }: Comparison): boolean {
  const answered = stable.requests - stable.failures + canary.requests - canary.failures;
  return answered === 0 || answersOf(stable) + answersOf(canary) > 0;
}
