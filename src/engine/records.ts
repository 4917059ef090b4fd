import type { Release, Rollout } from '#core/release';
import type { Environment } from '#core/system';
import type { Instant, Json } from '#kernel';
import { invariant } from '#kernel';
import type { Row, RowWrite } from '#ports';

/** The rows that the engine keeps beside the journal; all of them can be derived from it. */
export interface EnvironmentRow {
  readonly name: string;
  readonly status: 'down' | 'up';
  /** As declared at the last `up` or release; null before the first. */
  readonly environment: Environment | null;
  /** Promoted releases that have not been gone back from, oldest first; the last one is the current one. */
  readonly good: readonly number[];
  /** The rollout under way. */
  readonly rollout: number | null;
  readonly warm: { readonly release: number; readonly until: Instant } | null;
  /** A rollback has set it: nothing rolls forward by itself until somebody releases again. */
  readonly pinned: boolean;
  /** A rollout could neither go on nor back and left traffic on its revisions: nothing may be removed by itself. */
  readonly stuck: boolean;
  readonly lastRelease: number;
  readonly lastRollout: number;
  readonly routeVersion: number;
}

const format = 1;

export const emptyEnvironment = (name: string): EnvironmentRow => ({
  name,
  status: 'down',
  environment: null,
  good: [],
  rollout: null,
  warm: null,
  pinned: false,
  stuck: false,
  lastRelease: 0,
  lastRollout: 0,
  routeVersion: 0,
});

export const currentOf = (row: EnvironmentRow): number | null => row.good.at(-1) ?? null;

export type Kind = 'environment' | 'release' | 'rollout';

/** Numbers are padded so that keys sort as numbers do. */
export const numbered = (environment: string, number: number) =>
  `${environment}/${String(number).padStart(8, '0')}`;

/** The document of a row this version wrote; a newer format is a broken invariant, an older one is converted here. */
export function read<T extends EnvironmentRow | Release | Rollout>(row: Row): T {
  invariant(
    row.format <= format,
    `row ${row.kind}/${row.key} has format ${row.format}, this version knows up to ${format}`,
  );
  return row.value as unknown as T;
}

export function write(
  kind: Kind,
  key: string,
  expected: number,
  value: EnvironmentRow | Release | Rollout,
): RowWrite {
  return { kind, key, expected, format, value: value as unknown as Json };
}
