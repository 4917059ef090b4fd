import type { Environment, StoreSpec } from '#core/system';
import type { StoreBinding } from '#stores';
import { variableName } from './text.ts';

export interface Surroundings {
  readonly environment: Environment;
  /** Names of the services and stores whose addresses are given. */
  readonly needs: readonly string[];
  readonly bindings: ReadonlyMap<string, StoreBinding>;
  /** Router port per HTTP service. */
  readonly ports: Readonly<Record<string, number>>;
  /** Fairway's own environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** What every program of an environment sees of the machine, and the addresses of what it needs. Nothing else. */
export function commonVariables(around: Surroundings): Record<string, string> {
  return {
    ...inherited(around.variables),
    ...storeVariables(around.environment.stores, around.needs, around.bindings),
    ...serviceVariables(around.needs, around.ports),
    ...flagVariables(around.environment.flags),
  };
}

/** The whole environment of a replica. What is declared goes before what is derived; who it is cannot be changed. */
export function replicaVariables(
  around: Surroundings,
  replica: {
    readonly env: Readonly<Record<string, string>>;
    readonly secrets: Readonly<Record<string, string>>;
    readonly service: string;
    readonly revision: string;
    readonly replica: string;
    readonly port: number;
    readonly place: string;
    /** A consumer begins paused: it takes no jobs before it is told to (R14). */
    readonly isConsumer: boolean;
  },
): Record<string, string> {
  return {
    ...commonVariables(around),
    ...replica.env,
    ...replica.secrets,
    PORT: String(replica.port),
    HOST: '127.0.0.1',
    FAIRWAY_SYSTEM: around.environment.system,
    FAIRWAY_ENVIRONMENT: around.environment.name,
    FAIRWAY_SERVICE: replica.service,
    FAIRWAY_REVISION: replica.revision,
    FAIRWAY_REPLICA: replica.replica,
    FAIRWAY_PLACE: replica.place,
    ...(replica.isConsumer ? { FAIRWAY_ROLE: 'passive' } : {}),
  };
}

function inherited(variables: Surroundings['variables']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'TZ', 'LANG']) {
    const value = variables[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/**
 * `<NAME>_<KEY>` for every store; the first of its kind in the environment also under the name that programs look for:
 * DATABASE_URL, REDIS_URL, S3_ENDPOINT and the like. A store's own name wins where both say the same.
 */
function storeVariables(
  stores: readonly StoreSpec[],
  needs: readonly string[],
  bindings: Surroundings['bindings'],
): Record<string, string> {
  const standard: Record<string, string> = {};
  const named: Record<string, string> = {};
  for (const store of stores.filter(({ name }) => needs.includes(name))) {
    const isFirst = stores.find(({ kind }) => kind === store.kind) === store;
    for (const [key, value] of Object.entries(bindings.get(store.name)?.env ?? {})) {
      named[`${variableName(store.name)}_${key}`] = value;
      if (isFirst) standard[`${standardPrefix[store.kind]}_${key}`] = value;
    }
  }
  return { ...standard, ...named };
}

const standardPrefix = {
  postgres: 'DATABASE',
  redis: 'REDIS',
  bucket: 'S3',
} as const satisfies Record<StoreSpec['kind'], string>;

function serviceVariables(needs: readonly string[], ports: Surroundings['ports']): Record<string, string> {
  const addresses: Record<string, string> = {};
  for (const name of needs) {
    const port = ports[name];
    if (port !== undefined) addresses[`${variableName(name)}_URL`] = `http://127.0.0.1:${port}`;
  }
  return addresses;
}

function flagVariables(flags: Environment['flags']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [`FLAG_${variableName(name)}`, String(value)]),
  );
}
