import { type Finding, type FindingCode, pathText, type Problem } from '#core/system';
import { locate, type Position, type PositionTree, start } from './positions.ts';

/** A finding about a file as a whole, or about a place in it that no path leads to. */
export function findingAt(
  file: string,
  code: FindingCode,
  sentence: string,
  more: Partial<Pick<Finding, 'severity' | 'received' | 'hint'>> & { readonly at?: Position } = {},
): Finding {
  const { at = start, ...rest } = more;
  const [line, column] = at;
  return {
    severity: 'error',
    received: null,
    hint: null,
    ...rest,
    code,
    file,
    line,
    column,
    path: '',
    sentence,
  };
}

/** Puts problems where they were written. */
export function locateAll(
  file: string,
  tree: PositionTree | null,
  problems: readonly Problem[],
): readonly Finding[] {
  return problems.map(({ path, point, ...rest }) => {
    const [line, column] = locate(tree, path, point);
    return { ...rest, file, line, column, path: pathText(path) };
  });
}

const weights = { error: 0, warning: 1, note: 2 } as const;

/** By place, then by weight. */
export function sorted(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    (a, b) =>
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      weights[a.severity] - weights[b.severity] ||
      compare(a.path, b.path),
  );
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** One line of plain text: `file:line:column  code  sentence  hint`. */
export function describeFinding({ file, line, column, code, sentence, received, hint }: Finding): string {
  const isSaid = received === null || sentence.includes(received.replace(/^"|"$/g, ''));
  const told = isSaid ? sentence : `${sentence} Received: ${received}.`;
  const parts = [`${file}:${line}:${column}`, code, told, ...(hint === null ? [] : [hint])];
  // A definition may hold anything; a terminal must not obey it.
  return parts.join('  ').replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}
