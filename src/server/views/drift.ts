import type { EnvironmentView } from '#api/browser';
import type { Release } from '#core/release';
import type { Environment, StoreSpec } from '#core/system';
import { canonicalJson } from '#kernel';
import { compareView } from './compare.ts';

export type Drift = NonNullable<EnvironmentView['drift']>;

/** What was declared for what runs, and the release that serves. */
export interface Standing {
  readonly environment: Environment | null;
  readonly release: Release | null;
}

/** What would change where `next` were brought up, one sentence each; empty: it runs as declared. */
export function driftOf(now: Standing, next: Standing & { readonly release: Release }): readonly string[] {
  return [...services(now.release, next.release), ...declared(now.environment, next.environment)];
}

function services(now: Release | null, next: Release): readonly string[] {
  const nothing: Release = { ...next, number: 0, revisions: [], jobs: {} };
  return compareView(now ?? nothing, next).services.flatMap(({ name, change, differences }) => {
    if (change === 'added') return [`${name} is declared and does not run`];
    if (change === 'removed') return [`${name} runs and is not declared any more`];
    return differences.map((difference) => `${name}: ${difference}`);
  });
}

const parts = {
  edge: 'the public edge',
  router: 'the router',
  routerWorkers: 'the number of threads of the router',
  checks: 'the checks',
  flags: 'the flags',
  release: 'the gate, the windows or the jobs of releases',
  recovery: 'what recovery must keep to',
} as const satisfies Partial<Record<keyof Environment, string>>;

/** What is declared beside the services. */
function declared(now: Environment | null, next: Environment | null): readonly string[] {
  if (now === null || next === null) return [];
  const others = (Object.keys(parts) as (keyof typeof parts)[])
    .filter((part) => !same(now[part] ?? null, next[part] ?? null))
    .map(
      (part) => `${parts[part]} ${part === 'checks' || part === 'flags' ? 'are' : 'is'} declared differently`,
    );
  return [...stores(now.stores, next.stores), ...others];
}

function stores(now: readonly StoreSpec[], next: readonly StoreSpec[]): readonly string[] {
  const names = [...new Set([...next, ...now].map(({ name }) => name))];
  return names.flatMap((name) => {
    const [was, is] = [now.find((store) => store.name === name), next.find((store) => store.name === name)];
    if (was === undefined) return [`the store ${name} is declared and not there`];
    if (is === undefined) return [`the store ${name} is there and not declared any more`];
    return same(was, is) ? [] : [`the store ${name} is declared differently`];
  });
}

const same = (a: unknown, b: unknown) => canonicalJson(a) === canonicalJson(b);
