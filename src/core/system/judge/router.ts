import { type Problem, problem, shown } from '../finding.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

/** A router that would not do what is declared beside it. */
export function judgeRouter({ router, edge }: EnvironmentDeclaration): readonly Problem[] {
  if (router !== 'haproxy' || edge === undefined) return [];
  const sentence = 'HAProxy routes between services here; it has no edge.';
  const hint = 'write router: "builtin", or leave out the edge';
  return [problem('definition_router_unfit', ['router'], sentence, { received: shown(router), hint })];
}
