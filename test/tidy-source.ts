/**
 * Reads TypeScript closely enough for the tidy rules: what is code, what is comment, what is imported. TypeScript 7 has no
 * compiler interface to ask, and a parser for JavaScript does not see types.
 */

/** One file of the project. `path` is relative to the root, with forward slashes. */
export interface Source {
  readonly path: string;
  /** As it stands. */
  readonly text: string;
  /** The same length and lines, with comments and the insides of strings and regular expressions blanked. */
  readonly code: string;
  /** The same length and lines, with all but the comments blanked. */
  readonly comments: string;
}

export interface Import {
  readonly specifier: string;
  /** `import type`, `export type`: gone at run time. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** Splits a file into its code and its comments. Text that is no program (Markdown, JSON) counts as code. */
export function readSource(path: string, text: string): Source {
  if (!/\.(ts|mts|mjs|js|tsx)$/.test(path)) return { path, text, code: text, comments: '' };
  const { code, comments } = split(text);
  return { path, text, code, comments };
}

/** Every static and dynamic import and re-export with a literal specifier. */
export function importsOf({ text, code }: Source): readonly Import[] {
  const pattern =
    /\b(?:import|export)(?<type>\s+type\b(?!\s+from\b))?[^;'"`()=]*?\bfrom\s*['"]|\bimport\s*(?:\(\s*)?['"]/g;
  return [...code.matchAll(pattern)].map((match) => {
    const start = match.index + match[0].length;
    const end = text.indexOf(text.charAt(start - 1), start);
    return {
      specifier: text.slice(start, end),
      typeOnly: match.groups?.['type'] !== undefined,
      line: lineAt(text, start),
    };
  });
}

/** The number of the line an offset lies in, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

interface Halves {
  readonly code: string;
  readonly comments: string;
}

/** Longest first: what may begin at a place of the code, and whether it is code or comment. */
const tokens: readonly { readonly kind: 'comment' | 'literal'; readonly pattern: RegExp }[] = [
  { kind: 'comment', pattern: /\/\/[^\n]*/y },
  { kind: 'comment', pattern: /\/\*[\s\S]*?(?:\*\/|$)/y },
  { kind: 'literal', pattern: /'(?:\\[\s\S]|[^'\\\n])*'?/y },
  { kind: 'literal', pattern: /"(?:\\[\s\S]|[^"\\\n])*"?/y },
];
const regularExpression = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;

function split(text: string): Halves {
  let code = '';
  let comments = '';
  const keep = (length: number) => {
    const part = text.slice(code.length, code.length + length);
    code += part;
    comments += blank(part);
  };
  const literal = (part: string, closing: number) => {
    code += part.charAt(0) + blank(part.slice(1, part.length - closing)) + part.slice(part.length - closing);
    comments += blank(part);
  };
  /** For each open `${`, how many braces are open inside it. */
  const templates: number[] = [];
  while (code.length < text.length) {
    const at = code.length;
    const character = text.charAt(at);
    const token = tokens.map(({ kind, pattern }) => ({ kind, part: matchAt(pattern, text, at) }));
    const found = token.find(({ part }) => part !== null);
    const depth = templates.at(-1);
    if (found?.part != null && found.kind === 'comment') {
      code += blank(found.part);
      comments += found.part;
    } else if (found?.part != null) {
      literal(found.part, 1);
    } else if (character === '`' || (character === '}' && depth === 0)) {
      if (character === '}') templates.pop();
      const part = matchAt(/[`}](?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)?/y, text, at) ?? character;
      const opens = part.endsWith('${');
      literal(part, opens ? 2 : part.length > 1 ? 1 : 0);
      if (opens) templates.push(0);
    } else if (character === '/' && expressionMayBegin(code)) {
      const part = matchAt(regularExpression, text, at);
      if (part === null) keep(1);
      else literal(part, part.length - part.lastIndexOf('/'));
    } else {
      if (depth !== undefined && character === '{') templates[templates.length - 1] = depth + 1;
      if (depth !== undefined && character === '}') templates[templates.length - 1] = depth - 1;
      keep(1);
    }
  }
  return { code, comments };
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** A slash begins a regular expression where a value may stand, and divides after one. */
function expressionMayBegin(before: string): boolean {
  const last = /(\w+|[^\s\w])\s*$/.exec(before.slice(-80))?.[1];
  return last === undefined || /^(?:return|typeof|case|in|of|else|[([{,;:=!&|?+\-*%<>~^])$/.test(last);
}

const blank = (part: string) => part.replace(/[^\n]/g, ' ');
