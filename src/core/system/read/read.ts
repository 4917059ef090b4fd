import type { Json } from '#kernel';
import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import { judgeHonour } from '../honour/judge.ts';
import { judgeEnvironment } from '../judge/judge.ts';
import { bodyFields, bodySchema } from '../schema/body.ts';
import { environmentFields } from '../schema/environments.ts';
import { name } from '../schema/names.ts';
import {
  type EnvironmentDeclaration,
  environmentSchema,
  type SystemHead,
  systemFields,
  systemHeadSchema,
} from '../schema/system.ts';
import { type Merged, mergeEnvironment } from './merge.ts';
import { insteadOf } from './nearest.ts';
import { parse } from './problems.ts';
import { type Data, isData, tame } from './tame.ts';

/** A definition that has been read: every environment with its changes applied and its units parsed. */
export interface System extends SystemHead {
  /** In the order in which they were written; the first is the default. */
  readonly environments: Readonly<Record<string, EnvironmentDeclaration>>;
  /** What was read, as plain data: the same definition has the same data. */
  readonly source: Json;
}

export interface ReadSystem {
  /** null when there is an error among the problems. */
  readonly system: System | null;
  readonly problems: readonly Problem[];
}

/** Reads what a definition file says. Never throws, whatever it is given; everything that is wrong is told at once. */
export function readSystem(raw: unknown): ReadSystem {
  const { data, problems: wild } = tame(raw);
  if (wild.length > 0) return { system: null, problems: wild };
  if (!isData(data)) return { system: null, problems: [notAnObject(data)] };

  const head = parse(systemHeadSchema, only(data, Object.keys(systemFields)));
  const base = only(data, Object.keys(bodyFields));
  const environments = readEnvironments(data['environments'], base);
  const problems = [
    ...unknownParts(data),
    ...head.problems,
    ...environments.problems,
    ...(environments.read.length === 0 ? parse(bodySchema, base).problems : []),
    ...judgeHonour(environments.read),
  ];
  const distinct = withoutRepetition(problems);
  if (head.value === null || distinct.some(({ severity }) => severity === 'error'))
    return { system: null, problems: distinct };
  const declared = environments.read.map(({ name, declaration }) => [name, declaration] as const);
  return {
    system: { ...head.value, environments: Object.fromEntries(declared), source: data },
    problems: distinct,
  };
}

/** An environment that could be read, with what it was read from. */
export interface ReadEnvironment {
  readonly name: string;
  readonly merged: Merged;
  readonly declaration: EnvironmentDeclaration;
}

function readEnvironments(
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
    const one = readEnvironment(name, overlay, base);
    problems.push(...one.problems);
    if (one.environment !== null) read.push(one.environment);
  }
  return { read, problems };
}

function readEnvironment(
  environment: string,
  overlay: Json,
  base: Data,
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
    ...(declaration === null ? [] : judgeEnvironment(declaration)),
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

function unknownParts(data: Data): readonly Problem[] {
  const known = [...Object.keys(systemFields), ...Object.keys(bodyFields), 'environments'];
  return Object.keys(data)
    .filter((key) => !known.includes(key))
    .map((key) =>
      problem('definition_unknown_field', [key], `"${key}" is no field of a system.`, {
        point: 'key',
        received: shown(key),
        hint: insteadOf(key, known, 'fields'),
      }),
    );
}

function notAnObject(data: Json): Problem {
  return problem('definition_wrong_type', [], 'A definition must be an object with fields.', {
    received: shown(data),
    hint: 'write { name: "…", services: { … }, environments: { … } }',
  });
}

/** Environments repeat what is wrong with the system itself: it is told once. */
function withoutRepetition(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map<string, Problem>();
  for (const one of problems) {
    const key = JSON.stringify([one.code, one.path, one.sentence]);
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

function only(data: Data, fields: readonly string[]): Data {
  return Object.fromEntries(Object.entries(data).filter(([field]) => fields.includes(field)));
}
