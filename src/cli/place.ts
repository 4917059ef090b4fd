import { fail } from '#kernel';
import { complain } from './exit.ts';
import type { World } from './world.ts';

/**
 * The environment a command is about: the named one, or the first declared; or the exit code, after it was complained.
 * `isKnown`: whether one that is not declared, or not any more, is still there.
 */
export async function environmentAt(
  world: World,
  folder: string,
  named: string | undefined,
  json: boolean,
  isKnown: (environment: string) => Promise<boolean> = async () => false,
): Promise<{ readonly environment: string } | { readonly exit: number }> {
  const report = await world.check(folder);
  const environment = named ?? report.environments[0];
  if (environment === undefined) {
    const broken = report.findings.filter(({ severity }) => severity === 'error');
    const problem = {
      type: '',
      title: 'the definition cannot be used',
      status: 422,
      code: 'definition_unusable',
      hint: '',
      exit: 2,
      findings: broken.map(({ line }) => line),
    };
    return { exit: complain(world, { problem }, json) };
  }
  if (!report.environments.includes(environment) && !(await isKnown(environment))) {
    const facts = { environment, environments: report.environments.join(', ') };
    return { exit: complain(world, { failure: fail('environment_unknown', facts).error }, json) };
  }
  return { environment };
}
