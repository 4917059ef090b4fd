import { type Problem, problem } from '../finding.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

/** What a Postgres says of standbys that it does not have. */
export function judgeStores({ stores }: EnvironmentDeclaration): readonly Problem[] {
  return Object.entries(stores).flatMap(([name, store]) => {
    if (store.kind !== 'postgres' || (store.standbys ?? 0) > 0) return [];
    const { synchronous, failoverAfter } = store;
    return [
      ...(synchronous === true ? [waitsForNobody(name)] : []),
      ...(failoverAfter === undefined ? [] : [hasNoSuccessor(name)]),
    ];
  });
}

/** An error: somebody counts on a second copy of every commit. */
function waitsForNobody(name: string): Problem {
  const sentence = `stores.${name} is synchronous and has no standbys: no commit would be anywhere else.`;
  return problem('definition_no_standbys', ['stores', name, 'synchronous'], sentence, {
    hint: 'declare "standbys: 1" or more, or leave "synchronous" out',
  });
}

function hasNoSuccessor(name: string): Problem {
  const sentence = `stores.${name}.failoverAfter has no effect: there is no standby that could take over.`;
  return problem('definition_no_standbys', ['stores', name, 'failoverAfter'], sentence, {
    severity: 'warning',
    hint: 'declare "standbys: 1" or more, or leave "failoverAfter" out',
  });
}
