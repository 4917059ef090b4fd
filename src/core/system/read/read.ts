import type { Json } from '#kernel';
import { type Problem, problem, shown } from '../finding.ts';
import { judgeHonour } from '../honour/judge.ts';
import { bodyFields, bodySchema } from '../schema/body.ts';
import {
  type EnvironmentDeclaration,
  type SystemHead,
  systemFields,
  systemHeadSchema,
} from '../schema/system.ts';
import { readEnvironments } from './environments.ts';
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
