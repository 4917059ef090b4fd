import type { StatusView, SystemView } from '#api/browser';
import type { Tone } from '../../kit/index.ts';
import type { Load, Loads } from './load.ts';

type Declared = SystemView['services'][number];
type DeclaredStore = SystemView['stores'][number];
type Running = StatusView['services'][number];
type RunningStore = StatusView['stores'][number];

export interface Health {
  readonly tone: Tone;
  readonly word: string;
}

/** A service or a store, with all that is known of it. */
export type Part =
  | {
      readonly kind: 'service';
      readonly name: string;
      readonly health: Health;
      readonly declared: Declared;
      /** null: it does not run here now. */
      readonly running: Running | null;
      readonly load: Load | null;
      readonly calls: readonly string[];
      readonly calledBy: readonly string[];
    }
  | {
      readonly kind: 'store';
      readonly name: string;
      readonly health: Health;
      readonly declared: DeclaredStore;
      readonly running: RunningStore | null;
      readonly calledBy: readonly string[];
    };

export type ServicePart = Extract<Part, { kind: 'service' }>;
export type StorePart = Extract<Part, { kind: 'store' }>;

/** Everything that is declared, by name; a status that is not known yet leaves the health open. */
export function partsOf(
  system: SystemView,
  status: StatusView | undefined,
  loads: Loads,
): ReadonlyMap<string, Part> {
  const callersOf = (name: string) =>
    system.services.filter(({ needs }) => needs.includes(name)).map((caller) => caller.name);
  const services = system.services.map((declared): Part => {
    const running = status?.services.find(({ name }) => name === declared.name) ?? null;
    return {
      kind: 'service',
      name: declared.name,
      health: healthOf(status, running),
      declared,
      running,
      load: declared.traffic === 'none' ? null : (loads.get(declared.name) ?? null),
      calls: declared.needs,
      calledBy: callersOf(declared.name),
    };
  });
  const stores = system.stores.map((declared): Part => {
    const running = status?.stores.find(({ store }) => store === declared.name) ?? null;
    const health = storeHealthOf(status, running);
    return {
      kind: 'store',
      name: declared.name,
      health,
      declared,
      running,
      calledBy: callersOf(declared.name),
    };
  });
  return new Map([...services, ...stores].map((part) => [part.name, part]));
}

function healthOf(status: StatusView | undefined, running: Running | null): Health {
  if (status === undefined) return { tone: 'quiet', word: 'being asked' };
  if (status.status === 'down') return { tone: 'quiet', word: 'down' };
  if (running === null) return { tone: 'quiet', word: 'not released yet' };
  const states = running.replicas.map(({ state }) => state);
  const ready = readyOf(running);
  if (running.wanted === 0) return { tone: 'quiet', word: 'no replica wanted' };
  if (ready >= running.wanted) return { tone: 'good', word: 'ready' };
  if (states.length > 0 && states.every((state) => state === 'unknown'))
    return { tone: 'quiet', word: 'watched elsewhere' };
  if (states.includes('backingOff')) return { tone: 'bad', word: 'crashing' };
  if (ready === 0 && states.includes('starting')) return { tone: 'busy', word: 'starting' };
  if (ready === 0) return { tone: 'bad', word: 'not ready' };
  return { tone: 'warn', word: 'partly ready' };
}

function storeHealthOf(status: StatusView | undefined, running: RunningStore | null): Health {
  if (status === undefined) return { tone: 'quiet', word: 'being asked' };
  switch (running?.state) {
    case 'ready':
      return { tone: 'good', word: 'ready' };
    case 'starting':
      return { tone: 'busy', word: 'starting' };
    case 'failed':
      return { tone: 'bad', word: 'failed' };
    case 'stopped':
      return { tone: status.status === 'down' ? 'quiet' : 'bad', word: 'stopped' };
    default:
      return { tone: 'quiet', word: running?.state ?? 'not started yet' };
  }
}

/** Replicas that are ready, of whatever revision; no more than are wanted, as while two revisions run. */
export const readyOf = ({ replicas, wanted }: Running): number =>
  Math.min(wanted, replicas.filter(({ state }) => state === 'ready').length);

/** The revision that most replicas run, and so the one that serves; null: none runs. */
export function revisionOf(running: Running | null): string | null {
  const counts = new Map<string, number>();
  for (const { revision } of running?.replicas ?? []) counts.set(revision, (counts.get(revision) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most?.[0] ?? null;
}

/** How it stands, in one sentence. */
export function summaryOf(parts: ReadonlyMap<string, Part>, status: StatusView | undefined): string {
  if (status === undefined) return 'What is declared here, and how each part of it is.';
  const { environment, target } = status;
  if (status.status === 'down') return `${environment} is down. This is what it consists of when it is up.`;
  const troubled = [...parts.values()].filter(
    ({ health }) => health.tone === 'bad' || health.tone === 'warn',
  );
  const [first] = troubled;
  if (first === undefined) return `Everything in ${environment} is well. It runs on the target ${target}.`;
  return troubled.length === 1
    ? `${first.name} needs a look: ${first.health.word}. All else in ${environment} is well.`
    : `${troubled.length} of ${parts.size} parts of ${environment} need a look: ${troubled.map(({ name }) => name).join(', ')}.`;
}
