import { formatDuration } from '#kernel';
import { type Path, type Problem, problem, shown } from '../finding.ts';
import { migrationStore } from '../resolve/jobs.ts';
import { longestKeepOld } from '../resolve/strategy.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type Declared = NonNullable<EnvironmentDeclaration['release']['migrations']>;
const place: Path = ['release', 'migrations'];

/** Migrations that could not run, or that would take away the way back. */
export function judgeMigrations(environment: EnvironmentDeclaration): readonly Problem[] {
  const declared = environment.release.migrations;
  if (declared === undefined) return [];
  return [
    ...form(declared),
    ...owner(declared, environment),
    ...store(declared, environment),
    ...phases(declared),
    ...withoutWindow(declared, environment),
    ...tooEarly(declared, environment),
  ];
}

function form({ folder, command, phases: programs, when }: Declared): readonly Problem[] {
  const said = Object.entries({ folder, command, phases: programs }).filter(([, value]) => value);
  const names = said.map(([name]) => name);
  if (names.length !== 1 || (programs !== undefined && Object.keys(programs).length === 0)) {
    const sentence =
      names.length > 1
        ? `release.migrations says in several ways what to run: ${names.join(' and ')}.`
        : 'release.migrations does not say what to run.';
    const hint =
      'write one of folder: "services/core/migrations", command: ["node", "migrate.ts"] and phases: { expand: { command: [ … ] } }; an environment removes another with null';
    return [problem('definition_migrations_form', place, sentence, { hint })];
  }
  if (when === undefined || command !== undefined) return [];
  const sentence = `release.migrations.when is declared, but ${names[0] ?? ''} says by itself when each phase runs.`;
  const more = { severity: 'warning', received: shown(when), hint: 'remove when' } as const;
  return [problem('definition_migrations_form', [...place, 'when'], sentence, more)];
}

/** That the service exists is judged with all other names. */
function owner({ service }: Declared, { services }: EnvironmentDeclaration): readonly Problem[] {
  const named = Object.hasOwn(services, service) ? services[service] : undefined;
  if (named === undefined || named.folder !== undefined) return [];
  const sentence = `release.migrations.service names "${service}", which has no folder they could run in.`;
  const hint = 'name a service with a folder';
  return [
    problem('definition_migrations_unfit', [...place, 'service'], sentence, {
      received: shown(service),
      hint,
    }),
  ];
}

function store(declared: Declared, environment: EnvironmentDeclaration): readonly Problem[] {
  const { stores } = environment;
  const databases = Object.keys(stores).filter((name) => stores[name]?.kind === 'postgres');
  const hint =
    databases.length === 0
      ? 'declare a store of the kind "postgres"'
      : `Postgres here: ${databases.join(', ')}`;
  if (declared.store !== undefined) {
    if (!Object.hasOwn(stores, declared.store) || databases.includes(declared.store)) return [];
    const sentence = `release.migrations.store names "${declared.store}", which is no Postgres.`;
    const more = { received: shown(declared.store), hint };
    return [problem('definition_migrations_unfit', [...place, 'store'], sentence, more)];
  }
  if (migrationStore(declared, environment) !== null) return [];
  // A program of the system's own may know another database; plain SQL needs one of ours.
  if (databases.length === 0 && declared.folder === undefined) return [];
  const sentence =
    databases.length === 0
      ? 'release.migrations has a folder of SQL, but there is no Postgres to run it in.'
      : 'release.migrations does not say which of the databases it changes.';
  return [problem('definition_migrations_unfit', place, sentence, { hint })];
}

function phases({ phases: programs, policy }: Declared): readonly Problem[] {
  if (policy !== 'expand-contract' || programs?.expand === undefined || programs.contract !== undefined)
    return [];
  const sentence = 'release.migrations expands the schema, but no phase contracts it again.';
  const hint = 'write phases.contract, or policy: "backward-compatible" when nothing is ever taken away';
  return [problem('definition_no_contract', [...place, 'phases'], sentence, { severity: 'warning', hint })];
}

/** R4. Said before anything begins, as the way back is what most releases rely on. */
function withoutWindow(
  { policy, window }: Declared,
  { release }: EnvironmentDeclaration,
): readonly Problem[] {
  if (policy !== 'any' || window !== undefined || release.window !== undefined) return [];
  const sentence =
    'release.migrations.policy is any, without a maintenance window: users meet the old code with the new schema, and once expand has begun there is only the way forward.';
  const hint = 'write window: a name declared under windows, or changes that fit both revisions';
  const more = { severity: 'warning', received: shown(policy), hint } as const;
  return [problem('definition_any_without_window', [...place, 'policy'], sentence, more)];
}

/** R9. While the old revisions are kept to go back to, the schema must still fit them. */
function tooEarly({ contractAfter }: Declared, environment: EnvironmentDeclaration): readonly Problem[] {
  const keepOld = longestKeepOld(environment);
  if (contractAfter === undefined || contractAfter >= keepOld) return [];
  const sentence = `release.migrations.contractAfter is ${formatDuration(contractAfter)}, inside the ${formatDuration(keepOld)} in which the old revisions are kept to go back to.`;
  const hint = `write at least ${formatDuration(keepOld)}, or leave it out for that`;
  const more = { received: shown(formatDuration(contractAfter)), hint };
  return [problem('definition_contract_too_early', [...place, 'contractAfter'], sentence, more)];
}
