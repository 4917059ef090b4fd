import type { Json } from '#kernel';
import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import { judgeEnvironment } from '../judge/judge.ts';
import { environmentFields } from '../schema/environments.ts';
import { name } from '../schema/names.ts';
import { type EnvironmentDeclaration, environmentSchema } from '../schema/system.ts';
import { type Merged, mergeEnvironment } from './merge.ts';
import { parse } from './problems.ts';
import { type Data, isData } from './tame.ts';

/** An environment that could be read, with what it was read from. */
export interface ReadEnvironment {
  readonly name: string;
  readonly merged: Merged;
  readonly declaration: EnvironmentDeclaration;
}

/** Lays each environment over the system and reads the whole of it. Those with an error of form are not among `read`. */
export function readEnvironments(
  declared: Json | undefined,
  base: Data,
): { readonly read: readonly ReadEnvironment[]; readonly problems: readonly Problem[] } {
  const path: Path = ['environments'];
  if (declared !== undefined && !isData(declared)) {
    const sentence = 'environments must be an object with names.';
    return {
      read: [],
      problems: [problem('definition_wrong_type', path, sentence, { received: shown(declared) })],
    };
  }
  if (declared === undefined || Object.keys(declared).length === 0) {
    const hint = 'write environments: { dev: { target: "local" } }';
    return {
      read: [],
      problems: [problem('definition_no_environment', path, 'The system declares no environment.', { hint })],
    };
  }
  const read: ReadEnvironment[] = [];
  const problems: Problem[] = [];
  for (const [name, overlay] of Object.entries(declared)) {
    const others = Object.keys(declared).filter((other) => other !== name);
    const one = readEnvironment(name, overlay, base, others);
    problems.push(...one.problems);
    if (one.environment !== null) read.push(one.environment);
  }
  return { read, problems };
}

function readEnvironment(
  environment: string,
  overlay: Json,
  base: Data,
  others: readonly string[],
): { readonly environment: ReadEnvironment | null; readonly problems: readonly Problem[] } {
  const place: Path = ['environments', environment];
  if (!isData(overlay)) {
    const sentence = `${pathText(place)} must be an object with fields.`;
    return {
      environment: null,
      problems: [problem('definition_wrong_type', place, sentence, { received: shown(overlay) })],
    };
  }
  const merged = mergeEnvironment(base, overlay, place);
  const parsed = parse(environmentSchema, merged.data);
  const declaration = parsed.value;
  const found = [
    ...parsed.problems.map((one) => atEnvironment(one, place)),
    ...(declaration === null ? [] : judgeEnvironment(declaration, others)),
  ];
  return {
    environment: declaration === null ? null : { name: environment, merged, declaration },
    problems: [
      ...badName(environment, place),
      ...merged.problems,
      ...found.map((one) => ({
        ...one,
        path: isOwn(one.path) ? [...place, ...one.path] : merged.origin(one.path),
      })),
    ],
  };
}

/** Fields that only an environment has were written there, or should have been. */
const isOwn = ([first]: Path) => typeof first === 'string' && Object.hasOwn(environmentFields, first);

/** The environment itself is where its own fields are missing. */
function atEnvironment(found: Problem, place: Path): Problem {
  if (found.path.length !== 1) return found;
  const sentence = found.sentence
    .replace(/^The system lacks/, `${pathText(place)} lacks`)
    .replace(/ of a system\.$/, ` of ${pathText(place)}.`);
  return { ...found, sentence };
}

function badName(environment: string, place: Path): readonly Problem[] {
  const parsed = name.safeParse(environment);
  if (parsed.success) return [];
  return [
    problem('definition_bad_name', place, `"${environment}" cannot be the name of an environment.`, {
      point: 'key',
      received: shown(environment),
      hint: parsed.error.issues[0]?.message ?? null,
    }),
  ];
}
