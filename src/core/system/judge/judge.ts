import { type Problem, problem } from '../finding.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';
import { judgeEdge } from './edge.ts';
import { judgeHooks } from './hooks.ts';
import { judgeMeasures } from './measure.ts';
import { judgeMigrations } from './migrations.ts';
import { judgeNeeds } from './needs.ts';
import { judgePaths } from './paths.ts';
import { judgeProbes } from './probes.ts';
import { judgeRecovery } from './recovery.ts';
import { judgeReferences } from './references.ts';
import { judgeRelease } from './release.ts';
import { judgeRouter } from './router.ts';
import { judgeServices } from './services.ts';
import { judgeStores } from './stores.ts';
import { judgeWaits } from './waits.ts';
import { judgeWindows } from './windows.ts';

/**
 * What no single field shows: whether the parts of an environment fit together. Paths are those of the environment;
 * `others` are the names of the system's other environments.
 */
export function judgeEnvironment(
  environment: EnvironmentDeclaration,
  others: readonly string[],
): readonly Problem[] {
  return [
    ...emptiness(environment),
    ...judgeServices(environment),
    ...judgeStores(environment),
    ...judgeRecovery(environment),
    ...judgeNeeds(environment),
    ...judgeReferences(environment, others),
    ...judgePaths(environment),
    ...judgeProbes(environment),
    ...judgeMeasures(environment),
    ...judgeRelease(environment),
    ...judgeRouter(environment),
    ...judgeHooks(environment),
    ...judgeMigrations(environment),
    ...judgeWindows(environment),
    ...judgeWaits(environment),
    ...judgeEdge(environment),
  ];
}

function emptiness({ services, stores }: EnvironmentDeclaration): readonly Problem[] {
  if (Object.keys(services).length + Object.keys(stores).length > 0) return [];
  return [
    problem('definition_empty_environment', ['target'], 'The environment has neither services nor stores.', {
      severity: 'warning',
      hint: 'declare services, or remove the environment',
    }),
  ];
}
