import type { findingCodes } from './finding-codes.ts';

/** Something about a definition that its author should know. */
export interface Finding {
  /** An error stops everything, a warning is worth a look, a note is for the record. */
  readonly severity: Severity;
  readonly code: FindingCode;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** `services.edge.replicas`; empty for the definition as a whole. */
  readonly path: string;
  readonly sentence: string;
  /** What stands there, shortened; null when nothing does, or when it may be secret. */
  readonly received: string | null;
  /** What to write instead; null when the sentence says it. */
  readonly hint: string | null;
}

export type Severity = 'error' | 'warning' | 'note';
export type FindingCode = keyof typeof findingCodes;

/** The way from the top of a definition to a place in it. */
export type Path = readonly (string | number)[];

/** A finding before somebody looked up where its place is in the file. */
export interface Problem {
  readonly severity: Severity;
  readonly code: FindingCode;
  readonly path: Path;
  /** Whether the name at the end of the path is meant, or what stands behind it. */
  readonly point: 'key' | 'value';
  readonly sentence: string;
  readonly received: string | null;
  readonly hint: string | null;
}

/** A problem with the parts that most have left out: an error about a value, without more to say. */
export function problem(
  code: FindingCode,
  path: Path,
  sentence: string,
  more: Partial<Omit<Problem, 'code' | 'path' | 'sentence'>> = {},
): Problem {
  return { severity: 'error', point: 'value', received: null, hint: null, ...more, code, path, sentence };
}

/** `services.edge.env.PORT`, `release.canary.steps[0].weight`, `alerts["5xx at the edge"]`. */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** What stands somewhere, in at most 60 characters. */
export function shown(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
