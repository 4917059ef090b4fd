import type { SystemView } from '#api/browser';
import type { Environment, Service, StoreSpec } from '#core/system';
import { absentView } from '../status-view.ts';
import { maskedVariable } from './masked.ts';
import { backupWords, commandWords, probesOf, strategyWords } from './words.ts';

/** A system as it is declared for one environment: no value of a secret is in it, and no password of an address. */
export function systemView(environment: Environment): SystemView {
  const { system, name, target, services, stores, absent = [], secrets } = environment;
  return {
    system,
    environment: name,
    target,
    services: services.map(serviceView),
    stores: stores.map(storeView),
    absent: absent.map(absentView),
    secrets: secrets.map((secret) => ({ name: secret.name, usedBy: usersOf(environment, secret.name) })),
  };
}

function serviceView(service: Service): SystemView['services'][number] {
  const { name, exposure, traffic, needs, replicas, resources, command, folder, consumer, strategy } =
    service;
  return {
    name,
    exposure,
    traffic,
    needs,
    replicas,
    memoryBytes: resources.memory,
    cpu: resources.cpu,
    command: commandWords(command),
    folder,
    consumes: consumer !== null,
    probes: probesOf(service),
    variables: variablesOf(service),
    strategy: strategyWords(strategy),
  };
}

/** By name; a secret is a variable of its own name. */
function variablesOf({ env, secrets }: Service): SystemView['services'][number]['variables'] {
  const open = Object.entries(env)
    .filter(([name]) => !secrets.includes(name))
    .map(([name, value]) => ({ name, value: maskedVariable(name, value), secret: null }));
  const closed = secrets.map((secret) => ({ name: secret, value: null, secret }));
  return [...open, ...closed].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function storeView(store: StoreSpec): SystemView['stores'][number] {
  const { name, kind, backup } = store;
  return {
    name,
    kind,
    version: store.kind === 'postgres' ? store.version : null,
    standbys: store.kind === 'postgres' ? (store.standbys?.count ?? 0) : 0,
    backup: backupWords(backup),
  };
}

/** Services and checks that receive it, and jobs of releases. */
function usersOf({ services, checks, release }: Environment, secret: string): readonly string[] {
  const { hooks, migrations } = release;
  const jobs = [...hooks.before, ...(migrations?.jobs ?? []), ...hooks.after];
  return [
    ...services.filter(({ secrets }) => secrets.includes(secret)).map(({ name }) => name),
    ...jobs.filter(({ service }) => service.secrets.includes(secret)).map(({ name }) => `job ${name}`),
    ...checks.filter(({ secrets }) => secrets.includes(secret)).map(({ name }) => `check ${name}`),
  ];
}
