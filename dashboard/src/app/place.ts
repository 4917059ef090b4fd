import { useParams } from '@tanstack/react-router';
import { useAnswer } from '../data/index.ts';

/** The environment that the address names; on pages of no environment the one looked at last, or the first. */
export function usePlace(): {
  readonly environment: string;
  readonly environments: readonly string[];
  readonly system: string;
} {
  const { data } = useAnswer('GET /v1/control', {}, { every: 60_000 });
  const named = useParams({ strict: false }).environment;
  if (named !== undefined) last = named;
  const environments = data?.environments ?? [];
  const kept = last !== null && environments.includes(last) ? last : null;
  return {
    environment: named ?? kept ?? environments[0] ?? '',
    environments,
    system: data?.system ?? '',
  };
}

let last: string | null = null;
