import { hours, type Millis, millis, minutes, seconds } from '#kernel';
import type { Job, Migrations, Service, Window } from '../resolved.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';
import { longestKeepOld } from './strategy.ts';

type Hook = EnvironmentDeclaration['release']['hooks']['before'][number];
type MigrationsDeclaration = NonNullable<EnvironmentDeclaration['release']['migrations']>;
type Command = readonly [string, ...string[]];
export type Phase = 'expand' | 'backfill' | 'contract';

/** What a phase runs, and for how long where that is said. */
interface PhaseProgram {
  readonly phase: Phase;
  readonly command: Command;
  readonly timeout: Millis | undefined;
}

export const phases: readonly Phase[] = ['expand', 'backfill', 'contract'];
/** A phase of a migration among the other jobs. */
export const migrationJobName = (phase: Phase): string => `migrate-${phase}`;
/** The program of Fairway that runs a folder of plain SQL; the target knows where it is. */
const runner = 'fairway-migrate';
const longest: Readonly<Record<Phase, Millis>> = {
  expand: minutes(5),
  backfill: hours(1),
  contract: minutes(5),
};

export function hookJob(
  { name, folder, include, command, env, secrets, needs, timeout, onFailure }: Hook,
  purpose: 'before' | 'after',
  reachable: ReadonlySet<string>,
): Job {
  const variables = Object.entries(env).map(([variable, value]) => [variable, String(value)] as const);
  const service: Service = {
    ...task(name, folder, command),
    include,
    env: Object.fromEntries(variables),
    secrets,
    needs: needs.filter((needed) => reachable.has(needed)),
  };
  return { name, purpose, service, timeout, onFailure };
}

/** null where none are declared, or where `check` has refused them. */
export function migrationsOf(environment: EnvironmentDeclaration, window: Window | null): Migrations | null {
  const declared = environment.release.migrations;
  const owner = declared === undefined ? undefined : ownerOf(declared, environment);
  if (declared === undefined || owner?.folder === undefined) return null;
  const store = migrationStore(declared, environment);
  const needs = store === null ? [] : [store];
  // Plain SQL is all there is to its job: a release that changes only code has the same one, and migrates nothing.
  const { folder, include } =
    declared.folder === undefined
      ? { folder: owner.folder, include: owner.include }
      : { folder: declared.folder, include: [] };
  const jobs = programsOf(declared).map(({ phase, command, timeout }): Job => {
    const service = { ...task(migrationJobName(phase), folder, command), include, needs };
    const limit = timeout ?? declared.timeout ?? longest[phase];
    return { name: service.name, purpose: phase, service, timeout: limit, onFailure: 'rollback' };
  });
  // R9. Another strategy than the declared one (see withStrategy) may keep the old revisions for longer.
  const contractAfter = millis(Math.max(declared.contractAfter ?? 0, longestKeepOld(environment)));
  return { jobs, compatible: declared.policy !== 'any', window, contractAfter };
}

/** The store whose schema is changed: the one that is named, or the only Postgres. */
export function migrationStore(
  { store }: MigrationsDeclaration,
  { stores }: EnvironmentDeclaration,
): string | null {
  if (store !== undefined) return Object.hasOwn(stores, store) ? store : null;
  const [only, ...others] = Object.entries(stores).filter(([, { kind }]) => kind === 'postgres');
  return only === undefined || others.length > 0 ? null : only[0];
}

/** Where every change fits the revision before, nothing is taken away that it needs: there is nothing to contract. */
function programsOf(declared: MigrationsDeclaration): readonly PhaseProgram[] {
  const { command, phases: programs, policy, when } = declared;
  if (programs !== undefined)
    return phases.flatMap((phase) => {
      const program = programs[phase];
      return program === undefined ? [] : [{ phase, command: program.command, timeout: program.timeout }];
    });
  if (command !== undefined)
    return [{ phase: when === 'after' ? 'contract' : 'expand', command, timeout: undefined }];
  if (declared.folder === undefined) return [];
  return phases
    .filter((phase) => phase !== 'contract' || policy !== 'backward-compatible')
    .map((phase) => ({ phase, command: [runner, phase, '.'], timeout: undefined }));
}

function ownerOf({ service }: MigrationsDeclaration, { services }: EnvironmentDeclaration) {
  return Object.hasOwn(services, service) ? services[service] : undefined;
}

/** A program that serves nobody: what a target needs to know of a job in order to build it and start it once. */
function task(name: string, folder: string, command: Command): Service {
  return {
    name,
    folder,
    include: [],
    command,
    env: {},
    secrets: [],
    needs: [],
    exposure: 'none',
    traffic: 'none',
    port: null,
    replicas: 0,
    resources: { memory: null, cpu: null },
    probes: { live: null, ready: null, startup: null },
    shutdown: { drain: millis(0), websocketDrain: millis(0), grace: seconds(10) },
    affinity: null,
    consumer: null,
    strategy: { kind: 'rolling', surge: 1, unavailable: 0, settle: millis(0) },
  };
}
