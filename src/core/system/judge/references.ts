import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import { honourTable } from '../honour/table.ts';
import { insteadOf } from '../read/nearest.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

/** Names that are used must be declared. */
export function judgeReferences(
  environment: EnvironmentDeclaration,
  others: readonly string[],
): readonly Problem[] {
  return [...references(environment), ...ofEnvironments(environment, others)].flatMap(
    ({ path, name, among, kind }) => {
      if (name === undefined || among.includes(name)) return [];
      const sentence = `${pathText(path)} names "${name}", which is not among the ${kind}.`;
      return [
        problem('definition_unknown_reference', path, sentence, {
          received: shown(name),
          hint: insteadOf(name, among, kind),
        }),
      ];
    },
  );
}

interface Reference {
  readonly path: Path;
  readonly name: string | undefined;
  readonly among: readonly string[];
  /** What it has to be one of, in words. */
  readonly kind: string;
}

function references(environment: EnvironmentDeclaration): readonly Reference[] {
  return [
    ...ofServices(environment),
    ...ofChecks(environment),
    ...ofRelease(environment),
    ...ofHooks(environment),

    ...ofOperation(environment),
    ...ofAcceptedLosses(environment),
  ];
}

function ofServices(environment: EnvironmentDeclaration): readonly Reference[] {
  const known = knownNames(environment);
  return Object.entries(environment.services).flatMap(([name, service]) => {
    const place = ['services', name];
    return [
      ...each([...place, 'needs'], service.needs, known.reachable, 'services and stores'),
      ...each([...place, 'secrets'], service.secrets, known.secrets, 'secrets'),
      ...each([...place, 'consumes'], service.consumes, known.queues, 'queues'),
      ...each([...place, 'vendors'], service.vendors, known.vendors, 'vendors'),
      ...Object.keys(service.calls).map((called) => ({
        path: [...place, 'calls', called],
        name: called,
        among: [...known.reachable, ...known.vendors],
        kind: 'services, stores and vendors',
      })),
      { path: [...place, 'pool'], name: service.pool, among: known.pools, kind: 'pools of the platform' },
    ];
  });
}

function ofChecks(environment: EnvironmentDeclaration): readonly Reference[] {
  const known = knownNames(environment);
  return Object.entries(environment.checks).flatMap(([name, check]) => {
    const place = ['checks', name];
    return [
      ...each([...place, 'needs'], check.needs, known.reachable, 'services and stores'),
      ...each([...place, 'secrets'], check.secrets, known.secrets, 'secrets'),
      ...(check.kind === 'http'
        ? [{ path: [...place, 'service'], name: check.service, among: known.services, kind: 'services' }]
        : []),
    ];
  });
}

function ofRelease(environment: EnvironmentDeclaration): readonly Reference[] {
  const { release, windows, checklists } = environment;
  const known = knownNames(environment);
  return [
    ...each(['release', 'gate', 'checks'], release.gate.checks, known.checks, 'checks'),
    { path: ['release', 'window'], name: release.window, among: keys(windows), kind: 'windows' },
    { path: ['release', 'checklist'], name: release.checklist, among: keys(checklists), kind: 'checklists' },
    {
      path: ['release', 'migrations', 'service'],
      name: release.migrations?.service,
      among: known.services,
      kind: 'services',
    },
    {
      path: ['release', 'migrations', 'store'],
      name: release.migrations?.store,
      among: known.stores,
      kind: 'stores',
    },
    ...release.freeze.map((freeze, index) => ({
      path: ['release', 'freeze', index],
      name: typeof freeze === 'string' ? freeze : undefined,
      among: keys(windows),
      kind: 'windows',
    })),
    {
      path: ['release', 'migrations', 'window'],
      name: release.migrations?.window,
      among: keys(windows),
      kind: 'windows',
    },
  ];
}

function ofHooks(environment: EnvironmentDeclaration): readonly Reference[] {
  const known = knownNames(environment);
  const { hooks } = environment.release;
  return (['before', 'after'] as const).flatMap((when) =>
    hooks[when].flatMap(({ needs, secrets }, index) => {
      const place = ['release', 'hooks', when, index];
      return [
        ...each([...place, 'needs'], needs, known.reachable, 'services and stores'),
        ...each([...place, 'secrets'], secrets, known.secrets, 'secrets'),
      ];
    }),
  );
}

/** An environment cannot wait for itself, nor take copies of its own data. */
function ofEnvironments(
  { trigger, data }: EnvironmentDeclaration,
  others: readonly string[],
): readonly Reference[] {
  const kind = 'other environments';
  return [
    { path: ['trigger', 'after'], name: trigger?.after, among: others, kind },
    { path: ['data', 'from'], name: data?.from, among: others, kind },
  ];
}

function ofOperation(environment: EnvironmentDeclaration): readonly Reference[] {
  const known = knownNames(environment);
  const { alerts, channels, runbooks, queues, scaling, outbox } = environment;
  return [
    ...Object.entries(alerts ?? {}).flatMap(([name, alert]) => [
      ...each(['alerts', name, 'channels'], alert.channels, keys(channels), 'channels'),
      { path: ['alerts', name, 'of'], name: alert.of, among: known.reachable, kind: 'services and stores' },
      { path: ['alerts', name, 'runbook'], name: alert.runbook, among: keys(runbooks), kind: 'runbooks' },
    ]),
    ...Object.entries(queues ?? {}).map(([name, { store }]) => ({
      path: ['queues', name, 'store'],
      name: store,
      among: known.stores,
      kind: 'stores',
    })),
    ...Object.keys(scaling ?? {}).map((name) => ({
      path: ['scaling', name],
      name,
      among: known.services,
      kind: 'services',
    })),
    ...Object.entries(environment.secrets).map(([name, { previous }]) => ({
      path: ['secrets', name, 'previous'],
      name: previous,
      among: known.secrets,
      kind: 'secrets',
    })),
    { path: ['outbox', 'store'], name: outbox?.store, among: known.stores, kind: 'stores' },
  ];
}

/** The fields of an accepted loss are those that findings name. */
function ofAcceptedLosses(environment: EnvironmentDeclaration): readonly Reference[] {
  const fields = Object.keys(honourTable);
  const places: readonly (readonly [
    Path,
    { readonly fields?: readonly string[] | undefined } | undefined,
  ])[] = [
    [['acceptLoss'], environment.acceptLoss],
    [['release', 'acceptLoss'], environment.release.acceptLoss],
    ...Object.entries(environment.services).map(
      ([name, { acceptLoss }]) => [['services', name, 'acceptLoss'], acceptLoss] as const,
    ),
    ...Object.entries(environment.stores).map(
      ([name, { acceptLoss }]) => [['stores', name, 'acceptLoss'], acceptLoss] as const,
    ),
  ];
  return places.flatMap(([place, loss]) =>
    each([...place, 'fields'], loss?.fields ?? [], fields, 'fields that can be given up'),
  );
}

function knownNames(environment: EnvironmentDeclaration) {
  const services = Object.keys(environment.services);
  const stores = Object.keys(environment.stores);
  return {
    services,
    stores,
    reachable: [...services, ...stores],
    secrets: keys(environment.secrets),
    checks: keys(environment.checks),
    queues: keys(environment.queues),
    vendors: keys(environment.vendors),
    pools: keys(environment.platform?.pools),
  };
}

function each(
  path: Path,
  names: readonly string[],
  among: readonly string[],
  kind: string,
): readonly Reference[] {
  return names.map((name, index) => ({ path: [...path, index], name, among, kind }));
}

const keys = (names: object | undefined) => Object.keys(names ?? {});
