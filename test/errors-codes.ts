import { isTest } from './tidy-arrows.ts';
import { lineAt, type Source } from './tidy-source.ts';

/** A place where the program makes a failure. */
export interface CodeUse {
  readonly code: string;
  readonly place: string;
  /** The facts given there; null when they are not written out at the place. */
  readonly facts: readonly string[] | null;
}

/**
 * Every failure made in `src`: `fail('code', { facts })` and `{ code: 'code', facts: { … } }`. A code that is not written
 * out cannot be checked; those places come back in `unreadable`.
 */
export function codeUses(sources: readonly Source[]): {
  uses: readonly CodeUse[];
  unreadable: readonly string[];
} {
  const uses: CodeUse[] = [];
  const unreadable: string[] = [];
  for (const source of sources.filter(({ path }) => path.startsWith('src/') && !isTest(path))) {
    const { path, text, code } = source;
    for (const match of code.matchAll(/(?<!function )\bfail\s*\(/g)) {
      const open = match.index + match[0].length;
      const [first, second] = argumentsAt(source, open);
      const place = `${path}:${lineAt(text, open)}`;
      const codes = codesIn(first?.text ?? '');
      if (codes.length === 0) unreadable.push(place);
      for (const found of codes)
        uses.push({ code: found, place, facts: second === undefined ? [] : keysOf(second) });
    }
    for (const match of code.matchAll(/\bcode:\s*(?=')/g)) {
      const start = match.index + match[0].length;
      const end = text.indexOf("'", start + 1) + 1;
      const [found] = codesIn(text.slice(start, end));
      const isOurs = found?.includes('_') === true || /^,\s*facts\b/.test(code.slice(end)); // others name things `code` too
      const facts = /^,\s*facts:\s*(?=\{)/.exec(code.slice(end));
      const rest = facts === null ? null : stretch(source, end + facts[0].length, text.length);
      const place = `${path}:${lineAt(text, start)}`;
      if (found !== undefined && isOurs)
        uses.push({ code: found, place, facts: rest === null ? null : keysOf(literalAt(rest)) });
    }
  }
  return { uses, unreadable };
}

/** A stretch of a file, as it stands and with the insides of its strings blanked. */
type Stretch = Pick<Source, 'text' | 'code'>;

const stretch = ({ text, code }: Stretch, from: number, to: number): Stretch => ({
  text: text.slice(from, to),
  code: code.slice(from, to),
});

/** The arguments of a call whose bracket was opened before `start`. */
function argumentsAt(source: Stretch, start: number): Stretch[] {
  const { code } = source;
  const found: Stretch[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < code.length; at += 1) {
    const character = code.charAt(at);
    if ('([{'.includes(character)) depth += 1;
    if (')]}'.includes(character)) depth -= 1;
    if (depth < 0 || (depth === 0 && character === ',')) {
      found.push(stretch(source, from, at));
      from = at + 1;
    }
    if (depth < 0) break;
  }
  return found.filter(({ code: argument }) => argument.trim() !== '');
}

/** The object literal a stretch begins with. */
function literalAt(source: Stretch): Stretch {
  let depth = 0;
  let end = 0;
  for (const character of source.code) {
    end += 1;
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (depth === 0) break;
  }
  return stretch(source, 0, end);
}

/** The codes an expression may give: what stands after a condition's `?` and `:`, or the whole of it. */
function codesIn(expression: string): string[] {
  const branches = expression.includes('?') ? expression.slice(expression.indexOf('?')) : expression;
  return [...branches.matchAll(/'([a-z][a-z0-9]*(?:_[a-z0-9]+)*)'/g)].map((match) => match[1] ?? '');
}

/** The names in an object literal; null when it is no literal or takes others in. */
function keysOf(literal: Stretch): string[] | null {
  const open = literal.code.search(/\S/);
  if (literal.code.charAt(open) !== '{' || literal.code.includes('...')) return null;
  return argumentsAt(literal, open + 1).map(({ text }) => /^\s*['"]?(\w+)/.exec(text)?.[1] ?? '');
}
