import type { Environment, Strategy } from '#core/system';
import { describeFailure, type Failure, fail, ok, type Result } from '#kernel';
import { createDigests, type Digests } from './digest.ts';
import { shortened } from './refuse.ts';
import type { Refused } from './handlers/contract.ts';
import type { ServerOptions } from './options.ts';
import { isOurs, type Reading, readEnvironment } from './reading.ts';

/** What all handlers work with. */
export interface Scene {
  readonly options: ServerOptions;
  readonly digests: Digests;
  readonly read: (environment: string) => Promise<Reading>;
  /**
   * Lets on for environments that are declared or were up before. Others must not even be looked at: looking starts a
   * runner, which stays. Failures: `environment_unknown`, `definition_unusable`.
   */
  readonly known: (environment: string) => Promise<Result<null, Refused>>;
  /** Changes are for who is in charge: another control plane is named in the failure. */
  readonly mayChange: (environment: string) => Promise<Result<null>>;
  /** Its declaration, as it stands in a folder. */
  declared(
    folder: string,
    environment: string,
    strategy: Strategy['kind'] | null,
  ): Promise<Result<Environment, Refused>>;
  /** A failure in one sentence of the catalogue. */
  readonly explain: (failure: Failure) => string;
}

export function createScene(options: ServerOptions): Scene {
  const { engine, clock, inCharge, load, folder } = options;
  const declared: Scene['declared'] = async (from, environment, strategy) => {
    const loaded = await load(from, environment, strategy);
    if (loaded.ok) return loaded;
    const { findings } = loaded.error;
    const { error } = fail('definition_unusable', { findings: findings.length });
    return { ok: false, error: { ...error, findings } };
  };
  return {
    options,
    digests: createDigests(),
    read: (environment) => readEnvironment(options, environment),
    async mayChange(environment) {
      if (isOurs(inCharge, environment, clock)) return ok(null);
      const runner = await engine.runner(environment);
      return runner.serial(async () => ok(null));
    },
    async known(environment) {
      if (engine.known().includes(environment)) return ok(null);
      const names = await options.environments();
      if (names.includes(environment)) return ok(null);
      if (names.length > 0)
        return fail('environment_unknown', {
          environment: shortened(environment),
          environments: names.join(', '),
        });
      const read = await declared(folder, environment, null); // says why there are none
      return read.ok ? ok(null) : read;
    },
    declared,
    explain: (failure) => describeFailure(failure).sentence,
  };
}
