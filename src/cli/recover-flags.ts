import { fail, ok, type Result } from '#kernel';

export interface RecoverFlags {
  readonly store?: string;
  readonly at?: string;
  readonly before?: string;
  readonly copy?: string;
  readonly beside?: boolean;
  readonly from?: string;
  readonly key?: string;
  readonly yes?: boolean;
}

type Chosen = Exclude<keyof RecoverFlags, 'yes'>;

/** What each runbook takes besides what all do. */
const taken = {
  'database-corrupted': ['store', 'at', 'before', 'copy'],
  'data-deleted': ['store', 'at', 'before', 'copy', 'beside'],
  'machine-lost': ['from', 'key'],
  breach: [],
} as const satisfies Record<string, readonly Chosen[]>;

const all: readonly Chosen[] = ['store', 'at', 'before', 'copy', 'beside', 'from', 'key'];

/** What to do instead, where that is not plain. */
const instead: Readonly<Partial<Record<keyof typeof taken, string>>> = {
  'machine-lost':
    'It brings everything back to the latest; from there "fairway restore --store <name> --copy <id>" goes further back',
};

/**
 * Nobody who is in need should believe that something was heeded that is not.
 * Failure: `recover_flag_unfit` (facts: scenario, flags, instead).
 */
export function fittingFlags(scenario: keyof typeof taken, flags: RecoverFlags): Result<null> {
  const fitting: readonly Chosen[] = taken[scenario];
  const unfit = all.filter((flag) => flags[flag] !== undefined && !fitting.includes(flag));
  if (unfit.length === 0) return ok(null);
  const named = unfit.map((flag) => `--${flag}`).join(', ');
  return fail('recover_flag_unfit', { scenario, flags: named, instead: instead[scenario] ?? '' });
}
