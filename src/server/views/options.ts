import type { Environment } from '#core/system';
import type { Result } from '#kernel';
import type { ReadingOptions } from '../reading.ts';

/** What the views are made from. */
export interface ViewsOptions extends ReadingOptions {
  readonly system: string;
  readonly folder: string;
  /** Names of the declared environments, in the order of their declaration. */
  readonly environments: () => Promise<readonly string[]>;
  /** One environment that runs from here, or what is in the way of that, one finding each. */
  readonly load: (
    folder: string,
    environment: string,
    strategy: null,
  ) => Promise<Result<Environment, { readonly findings: readonly string[] }>>;
  /** One environment whatever its target; left out: only those that run from here are known. */
  readonly declared?: ((folder: string, environment: string) => Promise<Result<Environment>>) | undefined;
  /** What should be known about copies and drills; left out: there are none. */
  readonly recovery?: { warnings(environment: string): readonly { readonly sentence: string }[] } | undefined;
}
