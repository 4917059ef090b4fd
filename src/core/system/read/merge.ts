import type { Json } from '#kernel';
import { type Path, type Problem, pathText, problem } from '../finding.ts';
import { insteadOf } from './nearest.ts';
import { type Data, isData, valueAt } from './tame.ts';

export interface Merged {
  readonly data: Data;
  readonly problems: readonly Problem[];
  /** Where in the definition something of the merged data was written. */
  origin(path: Path): Path;
}

/**
 * Lays what an environment says over what the system says, member by member. Lists and simple values replace, `null`
 * removes, and so does another `kind`: a Redis that becomes a bucket keeps nothing of the Redis.
 */
export function mergeEnvironment(base: Data, overlay: Data, place: Path): Merged {
  const problems: Problem[] = [];

  function merge(below: Data, above: Data, path: Path): Data {
    const members: Record<string, Json> = { ...below };
    for (const [name, value] of Object.entries(above)) {
      const old = Object.hasOwn(below, name) ? below[name] : undefined;
      if (value !== null) {
        members[name] = isData(value) ? merge(keepable(old, value), value, [...path, name]) : value;
        continue;
      }
      if (old === undefined) problems.push(removesNothing([...path, name], name, below));
      delete members[name];
    }
    return members;
  }

  return {
    data: merge(base, overlay, place),
    problems,
    origin(path) {
      const inOverlay = depthIn(overlay, path);
      return inOverlay === path.length || inOverlay > depthIn(base, path) ? [...place, ...path] : path;
    },
  };
}

function keepable(old: Json | undefined, value: Data): Data {
  if (!isData(old)) return {};
  const changesKind =
    value['kind'] !== undefined && old['kind'] !== undefined && value['kind'] !== old['kind'];
  return changesKind ? {} : old;
}

/** How many steps of a path lead somewhere. */
function depthIn(data: Data, path: Path): number {
  let depth = 0;
  while (depth < path.length && valueAt(data, path.slice(0, depth + 1)) !== undefined) depth += 1;
  return depth;
}

function removesNothing(path: Path, name: string, below: Data): Problem {
  return problem('definition_removes_nothing', path, `${pathText(path)} removes what is not there.`, {
    point: 'key',
    received: 'null',
    hint: insteadOf(name, Object.keys(below), 'names'),
  });
}
