import { type Problem, problem } from '../finding.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';
import { judgeNeeds } from './needs.ts';
import { judgePaths } from './paths.ts';
import { judgeProbes } from './probes.ts';
import { judgeReferences } from './references.ts';
import { judgeRelease } from './release.ts';
import { judgeServices } from './services.ts';

/** What no single field shows: whether the parts of an environment fit together. Paths are those of the environment. */
export function judgeEnvironment(environment: EnvironmentDeclaration): readonly Problem[] {
  return [
    ...emptiness(environment),
    ...judgeServices(environment),
    ...judgeNeeds(environment),
    ...judgeReferences(environment),
    ...judgePaths(environment),
    ...judgeProbes(environment),
    ...judgeRelease(environment),
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
