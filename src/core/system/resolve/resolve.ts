import { fail, ok, type Result, seconds } from '#kernel';
import type { System } from '../read/read.ts';
import type { AbsentService, Check, Environment, SecretSpec, Service, StoreSpec } from '../resolved.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';
import { resolveMeasure } from './measure.ts';
import { resolveBackup, resolveRecovery } from './recovery.ts';
import { resolveEdge } from './edge.ts';
import { resolveRelease } from './release.ts';
import { carriedOut } from './strategy.ts';

/**
 * An environment of a system, complete: changes applied, defaults filled in, units parsed. Without a name it is the
 * first. Services that are only an image or run elsewhere are absent: no target of this version can run them.
 * Failure: `environment_unknown` (facts: environment, known).
 */
export function resolveEnvironment(system: System, name?: string): Result<Environment> {
  const known = Object.keys(system.environments);
  const wanted = name ?? known[0] ?? '';
  const declared = Object.hasOwn(system.environments, wanted) ? system.environments[wanted] : undefined;
  if (declared === undefined)
    return fail('environment_unknown', { environment: wanted, known: known.join(', ') });
  const runnable = Object.entries(declared.services).filter(([, { folder }]) => folder !== undefined);
  const reachable = new Set([...runnable.map(([service]) => service), ...Object.keys(declared.stores)]);
  return ok({
    system: system.name,
    name: wanted,
    target: declared.target,
    services: runnable.map(([service, one]) => resolveService(service, one, declared.release, reachable)),
    stores: Object.entries(declared.stores).map(([store, one]) =>
      resolveStore(system.name, store, one, declared.target),
    ),
    checks: Object.entries(declared.checks).map(([check, one]) => resolveCheck(check, one, reachable)),
    secrets: Object.entries(declared.secrets).map(
      ([secret, { generate }]): SecretSpec => ({ name: secret, generateBytes: generate ?? null }),
    ),
    flags: Object.fromEntries(
      Object.entries(declared.flags).map(([flag, value]) => [
        flag,
        typeof value === 'object' ? value.default : value,
      ]),
    ),
    release: resolveRelease(declared, reachable),
    router: declared.router ?? 'builtin',
    routerWorkers: declared.routerWorkers ?? 1,
    edge: resolveEdge(declared.edge, new Set(runnable.map(([service]) => service))),
    absent: Object.entries(declared.services).flatMap(([service, one]) => absentService(service, one)),
    ...resolveRecovery(declared),
  });
}

function absentService(
  name: string,
  { folder, image, hosting }: EnvironmentDeclaration['services'][string],
): readonly AbsentService[] {
  if (folder !== undefined) return [];
  if (image?.name !== undefined) return [{ name, why: 'image', by: image.name }];
  return [{ name, why: 'hosting', by: hosting?.provider ?? hosting?.kind ?? 'a platform' }];
}

function resolveService(
  name: string,
  declared: EnvironmentDeclaration['services'][string],
  release: EnvironmentDeclaration['release'],
  reachable: ReadonlySet<string>,
): Service {
  const { probes, resources, affinity, exposure, traffic } = declared;
  return {
    name,
    folder: declared.folder ?? '.',
    include: declared.include,
    command: declared.command ?? ['true'],
    env: Object.fromEntries(
      Object.entries(declared.env).map(([variable, value]) => [variable, String(value)]),
    ),
    secrets: declared.secrets,
    needs: declared.needs.filter((needed) => reachable.has(needed)),
    exposure: exposure ?? (traffic === 'none' ? 'none' : 'private'),
    traffic,
    port: declared.port ?? null,
    replicas: declared.replicas,
    resources: { memory: resources.memory ?? null, cpu: resources.cpu ?? null },
    probes: { live: probes.live ?? null, ready: probes.ready ?? null, startup: probes.startup ?? null },
    shutdown: declared.shutdown,
    affinity: affinity === undefined || traffic === 'none' ? null : affinity,
    consumer: traffic === 'none' ? (declared.consumer ?? null) : null,
    strategy: carriedOut(declared, release),
    measure: resolveMeasure(declared),
  };
}

function resolveStore(
  system: string,
  name: string,
  declared: EnvironmentDeclaration['stores'][string],
  target: EnvironmentDeclaration['target'],
): StoreSpec {
  const copies = resolveBackup(declared.backup);
  switch (declared.kind) {
    case 'postgres': {
      const database = declared.database ?? name.replaceAll('-', '_');
      // Where the target brings its own, that one runs; `check` has told of the difference.
      const version = target === 'local' ? null : (declared.version ?? null);
      const { standbys: count = 0, synchronous = false, failoverAfter = seconds(10) } = declared;
      const standbys = count === 0 ? {} : { standbys: { count, synchronous, failoverAfter } };
      return { kind: 'postgres', name, version, database, ...standbys, ...copies };
    }
    case 'redis': {
      const { persistence, evictionPolicy, memory } = declared;
      return {
        kind: 'redis',
        name,
        persistence: persistence === 'aof' ? 'aof' : 'none',
        evictionPolicy,
        memory: memory ?? null,
        ...copies,
      };
    }
    case 'bucket': {
      const bucket = declared.bucket ?? bucketName(system, name);
      return {
        kind: 'bucket',
        name,
        bucket,
        versioning: declared.versioning,
        expireAfter: declared.expireAfter ?? null,
        ...copies,
      };
    }
  }
}

function resolveCheck(
  name: string,
  declared: EnvironmentDeclaration['checks'][string],
  reachable: ReadonlySet<string>,
): Check {
  const { secrets, every, timeout } = declared;
  const needs = declared.needs.filter((needed) => reachable.has(needed));
  const common = { name, secrets, needs, every, timeout };
  if (declared.kind === 'command') {
    const { folder, include, command } = declared;
    return { ...common, run: { kind: 'command', folder, include, command } };
  }
  const { service, path, samples, p95 } = declared;
  return { ...common, run: { kind: 'http', service, path, samples, p95 } };
}

/** Names of buckets have at most 63 characters and do not end in a hyphen. */
function bucketName(system: string, store: string): string {
  return `${system}-${store}`.slice(0, 63).replace(/-+$/, '');
}
