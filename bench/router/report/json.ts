import { latencyOf } from '../measure/load.ts';
import { failed, type Report } from './report.ts';

/** Everything measured; of the latencies the quantiles, not each request. */
export function asJson({ findings, ...rest }: Report): string {
  const candidates = findings.map(({ candidate, rates, ...measured }) => ({
    name: candidate.name,
    title: candidate.title,
    does: candidate.does,
    ...measured,
    rates: [...rates].map(([rate, rounds]) => ({
      rate,
      ...latencyOf(rounds),
      processor: rounds.map(({ processor }) => processor),
      ownDelay: rounds.map(({ ownDelay }) => ownDelay),
      failed: failed(rounds),
    })),
  }));
  return `${JSON.stringify({ ...rest, candidates }, null, 2)}\n`;
}
