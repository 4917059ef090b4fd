import { type Problem, problem, shown } from '../finding.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

/** A router that would not do what is declared beside it. */
export function judgeRouter({ router, edge, routerWorkers }: EnvironmentDeclaration): readonly Problem[] {
  if (router !== 'haproxy') return [];
  const unfit = (sentence: string, what: string) => {
    const hint = `write router: "builtin", or leave out ${what}`;
    return problem('definition_router_unfit', ['router'], sentence, { received: shown(router), hint });
  };
  return [
    ...(edge === undefined
      ? []
      : [unfit('HAProxy routes between services here; it has no edge.', 'the edge')]),
    ...((routerWorkers ?? 1) === 1
      ? []
      : [unfit('HAProxy runs on one thread here: its splits are exact then.', 'routerWorkers')]),
  ];
}
