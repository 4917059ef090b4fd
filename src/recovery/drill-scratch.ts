import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Environment, StoreSpec } from '#core/system';
import { after, type Clock, fail, type Millis, minutes, ok, type Result } from '#kernel';
import type { EffectContext, Target } from '#ports';
import { within } from './calling.ts';

/** Name of the environment in which drills of another one take place. */
export const drillName = (environment: string) => `${environment}-drill`;

/**
 * An environment as a drill runs it: everything that serves, once, and nothing that faces outwards or looks after itself. It
 * has no listeners at the edge and no fixed ports, no standbys, no copies and no drills of its own.
 */
export function scratchEnvironment(environment: Environment): Environment {
  const { recovery: _, ...rest } = environment;
  return {
    ...rest,
    name: drillName(environment.name),
    edge: null,
    services: environment.services.map((service) => ({
      ...service,
      port: null,
      replicas: Math.min(1, service.replicas),
    })),
    stores: environment.stores.map(plainSpec),
  };
}

function plainSpec(spec: StoreSpec): StoreSpec {
  if (spec.kind === 'postgres') {
    const { backup: _, standbys: __, ...plain } = spec;
    return plain;
  }
  const { backup: _, ...plain } = spec;
  return plain;
}

/** A target for drills, with what every effect on it carries. */
export interface Scratch {
  readonly target: Target;
  readonly environment: Environment;
  /** Asks the target for something that ends in time. */
  call<T>(
    what: string,
    limit: Millis,
    signal: AbortSignal,
    run: (context: EffectContext) => Promise<Result<T>>,
  ): Promise<Result<T>>;
  /** Ends everything of it and removes what it left, also what a control plane that was killed left. */
  clear(): Promise<Result<null>>;
}

/** `fence`: the epoch under which recovery is in charge. Nothing is touched before it is asked to. */
export function createScratch(options: {
  readonly target: Target;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly id: string;
  readonly fence: () => number;
}): Scratch {
  const { target, clock, id, fence } = options;
  const environment = scratchEnvironment(options.environment);

  const call: Scratch['call'] = (what, limit, signal, run) =>
    within(clock, { what, within: limit, signal }, (inner) =>
      run({
        key: `drill/${id}/${what}`,
        fence: fence(),
        deadline: after(clock.now(), limit),
        signal: inner,
      }),
    );

  return {
    target,
    environment,
    call,
    async clear() {
      const folder = folderOf(target, environment.name);
      if (!folder.ok) return folder;
      if (!existsSync(folder.value)) return ok(null);
      const never = new AbortController().signal; // a drill that was aborted is cleared all the same
      const closed = await call('the end of the scratch environment', minutes(3), never, (context) =>
        target.close({ erase: true }, context),
      );
      await target.release().catch(() => undefined); // it was only watching
      if (!closed.ok) return closed;
      return removeFolder(folder.value);
    },
  };
}

/** The whole folder of the scratch environment; never one that does not bear its name. */
function folderOf({ recovery }: Target, name: string): Result<string> {
  if (recovery === undefined) return fail('recovery_not_here', { environment: name });
  const folder = dirname(recovery.own.secrets);
  return basename(folder) === name ? ok(folder) : fail('recovery_folder_unexpected', { folder, name });
}

async function removeFolder(folder: string): Promise<Result<null>> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    return ok(null);
  } catch (reason) {
    return fail('recovery_disk', {
      folder,
      reason: reason instanceof Error ? reason.message : String(reason),
    });
  }
}
