import type { Release, Rollout, RolloutPlan } from '#core/release';
import type { Environment } from '#core/system';
import type { Instant, Json } from '#kernel';
import type { RowWrite } from '#ports';
import type { ReleaseRequest } from './requests.ts';

/** The rows that the engine keeps beside the journal; all of them can be derived from it. */
export interface EnvironmentRow {
  readonly name: string;
  readonly status: 'down' | 'up';
  /** An `up` that has not come to its end. */
  readonly opening: Opening | null;
  /** As declared at the last `up` or release; null before the first. */
  readonly environment: Environment | null;
  /** Promoted releases that have not been gone back from, oldest first; the last one is the current one. */
  readonly good: readonly number[];
  /** The rollout under way. */
  readonly rollout: number | null;
  /** A release that was asked for while another rollout was under way: it begins next. */
  readonly queued: Queued | null;
  /** What is gone back to at once (R9); of releases that follow each other quickly only the last, or all of them would run. */
  readonly warm: Warm | null;
  /** Declared for the release that is on its way; it counts once that is promoted. */
  readonly coming: Environment | null;
  /** The current release could not be started whole; when it is tried again. */
  readonly restart: { readonly attempts: number; readonly notBefore: Instant } | null;
  /** Somebody has asked to take it down; it is done when no rollout is under way. */
  readonly closing: { readonly by: string; readonly erase: boolean } | null;
  /** A rollback has set it: nothing rolls forward by itself until somebody releases again. */
  readonly pinned: boolean;
  /** A rollout could neither go on nor back and left traffic on its revisions: nothing may be removed by itself. */
  readonly stuck: boolean;
  /** Releases whose schema is contracted once their rollback window is over. */
  readonly contracts: readonly Contract[];
  /** The newest release whose schema has been contracted: nothing older can be gone back to (R4); 0: none. */
  readonly contracted: number;
  readonly lastRelease: number;
  readonly lastRollout: number;
  readonly routeVersion: number;
}

export interface Warm {
  readonly release: number;
  readonly until: Instant;
}

export interface Opening {
  readonly ask: ReleaseRequest;
  readonly wasDown: boolean;
  readonly done: 'nothing' | 'opened' | 'released';
  /** The release that served before has been started once: it is not tried for ever. */
  readonly restarted: boolean;
}

export interface Queued {
  readonly release: number;
  /** As declared for it. */
  readonly environment: Environment;
  /** The services that were asked for; the others stay as they are when it begins. null: all. */
  readonly services: readonly string[] | null;
}

export interface Contract {
  readonly release: number;
  readonly notBefore: Instant;
  readonly attempts: number;
}

export const emptyEnvironment = (name: string): EnvironmentRow => ({
  name,
  status: 'down',
  opening: null,
  environment: null,
  good: [],
  rollout: null,
  queued: null,
  warm: null,
  coming: null,
  restart: null,
  closing: null,
  pinned: false,
  stuck: false,
  contracts: [],
  contracted: 0,
  lastRelease: 0,
  lastRollout: 0,
  routeVersion: 0,
});

export const currentOf = (row: EnvironmentRow): number | null => row.good.at(-1) ?? null;

/** A plan never changes, so that it has a row of its own, and the row of its rollout stays small. */
export type RolloutState = Omit<Rollout, 'plan'>;

export interface Documents {
  readonly environment: EnvironmentRow;
  readonly release: Release;
  readonly plan: RolloutPlan;
  readonly rollout: RolloutState;
}

export type Kind = keyof Documents;

/** Version of each document's format. Older ones are converted when they are read (formats.ts). */
export const formats: Readonly<Record<Kind, number>> = { environment: 2, release: 2, plan: 2, rollout: 2 };

/** Numbers are padded so that keys sort as numbers do. */
export const numbered = (environment: string, number: number) =>
  `${environment}/${String(number).padStart(8, '0')}`;

export function write<K extends Kind>(kind: K, key: string, expected: number, value: Documents[K]): RowWrite {
  return { kind, key, expected, format: formats[kind], value: value as unknown as Json };
}
