import { isAbsolute, join, relative } from 'node:path';
import type { CheckReport, DeclaredScenario } from '#cli';
import {
  type Environment,
  type Finding,
  resolveEnvironment,
  type Strategy,
  withStrategy,
} from '#core/system';
import { describeFinding, type Loaded, loadDefinition } from '#definition';
import { describeFailure, err, fail, ok, type Result } from '#kernel';
import type { Unusable } from '#server';
import { systemClock } from './clock.ts';

const load = (folder: string): Promise<Result<Loaded, readonly Finding[]>> =>
  loadDefinition(folder, { clock: systemClock, signal: new AbortController().signal });

/** Everything `check` says of a folder; file names as seen from where the user stands. */
export async function checkFolder(folder: string): Promise<CheckReport> {
  const loaded = await load(folder);
  const findings = loaded.ok ? loaded.value.findings : loaded.error;
  return {
    system: loaded.ok ? loaded.value.system.name : null,
    environments: loaded.ok ? Object.keys(loaded.value.system.environments) : [],
    findings: findings.map((finding) => ({
      severity: finding.severity,
      line: describeFinding(near(finding)),
      data: finding,
    })),
  };
}

function near(finding: Finding): Finding {
  const file = relative(process.cwd(), finding.file) || '.';
  return file.startsWith('..') || isAbsolute(file) ? finding : { ...finding, file };
}

export async function readSystemName(folder: string): Promise<string | null> {
  const loaded = await load(folder);
  return loaded.ok ? loaded.value.system.name : null;
}

export async function environmentNames(folder: string): Promise<readonly string[]> {
  const loaded = await load(folder);
  return loaded.ok ? Object.keys(loaded.value.system.environments) : [];
}

/** What the definition says of days on which things are lost. */
export async function declaredScenarios(folder: string, name: string): Promise<readonly DeclaredScenario[]> {
  const loaded = await load(folder);
  if (!loaded.ok) return [];
  const declared = loaded.value.system.environments[name]?.recovery?.scenarios ?? {};
  return Object.entries(declared).map(([title, { by = null, answer = null, steps = [] }]) => ({
    name: title,
    by,
    answer,
    steps,
  }));
}

/** One environment as it is declared, whatever its target. Failure: `environment_unknown`. */
export async function declaredEnvironment(folder: string, name: string): Promise<Result<Environment>> {
  const loaded = await load(folder);
  return loaded.ok
    ? resolveEnvironment(loaded.value.system, name)
    : fail('environment_unknown', { environment: name, environments: '' });
}

/** One environment, ready to be brought up here; `strategy`: for all its services, instead of the declared ones. */
export async function readEnvironment(
  folder: string,
  name: string,
  strategy: Strategy['kind'] | null = null,
): Promise<Result<Environment, Unusable>> {
  const loaded = await load(folder);
  if (!loaded.ok) {
    const errors = loaded.error.filter((finding) => finding.severity === 'error');
    return err({ findings: errors.map((finding) => describeFinding(finding)) });
  }
  const { system } = loaded.value;
  const environment = resolveEnvironment(strategy === null ? system : withStrategy(system, strategy), name);
  if (!environment.ok) return unusable(environment.error);
  if (environment.value.target === 'local') return ok(environment.value);
  const facts = { environment: name, target: environment.value.target, file: join(folder, '') };
  return unusable(fail('target_not_available', facts).error);
}

function unusable(failure: Parameters<typeof describeFailure>[0]): Result<never, Unusable> {
  const { sentence, hint } = describeFailure(failure);
  return err({ findings: [`${sentence} ${hint}`] });
}
