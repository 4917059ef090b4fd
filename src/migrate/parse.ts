import { hasSqlDetails, loadModule, type Node, parseSync, scanSync } from 'libpg-query';
import { err, ok, type Result } from '#kernel';

/** One statement of a file, as Postgres' own parser understands it. */
export interface Statement {
  readonly node: Node;
  /** Without the semicolon, and without comments before it. */
  readonly text: string;
  /** From 0, in characters of the file. */
  readonly start: number;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

export interface SyntaxProblem {
  readonly line: number;
  readonly column: number;
  /** In the words of Postgres. */
  readonly reason: string;
}

/** The placeholders of a backfill, each replaced by a parameter of the same width, so that places stay what they are. */
export interface Bound {
  readonly sql: string;
  readonly cursor: boolean;
  readonly batch: boolean;
}

export interface Parser {
  parse(sql: string): Result<readonly Statement[], SyntaxProblem>;
  /** `:cursor` becomes `$1` and `:batch` becomes `$2`; never in strings, comments or quoted names. */
  bind(sql: string): Result<Bound, SyntaxProblem>;
}

/** Postgres' own parser, from a file of WebAssembly; after it has been loaded nothing waits any more. */
export async function openParser(): Promise<Parser> {
  await loadModule();
  return { parse: parseSql, bind: bindPlaceholders };
}

function parseSql(sql: string): Result<readonly Statement[], SyntaxProblem> {
  if (tokensOf(sql)?.length === 0) return ok([]); // the parser refuses a file of comments
  return reading(sql, () => {
    const bytes = Buffer.from(sql);
    const tokens = tokensOf(sql) ?? [];
    const statements = (parseSync(sql).stmts ?? []).flatMap(({ stmt, stmt_location = 0, stmt_len }) => {
      const end = stmt_len === undefined || stmt_len === 0 ? bytes.length : stmt_location + stmt_len;
      const first = tokens.find(({ start }) => start >= stmt_location);
      if (stmt === undefined || first === undefined) return [];
      const start = bytes.subarray(0, first.start).toString().length;
      const text = bytes.subarray(first.start, end).toString().trimEnd();
      return [{ node: stmt, text, start, ...placeOf(sql, start) }];
    });
    return statements;
  });
}

function bindPlaceholders(sql: string): Result<Bound, SyntaxProblem> {
  return reading(sql, () => {
    const bytes = Buffer.from(sql);
    const used = { cursor: false, batch: false };
    const tokens = sql.trim() === '' ? [] : scanSync(sql).tokens;
    for (const [index, { text, end }] of tokens.entries()) {
      const next = tokens[index + 1];
      if (text !== ':' || next?.start !== end || (next.text !== 'cursor' && next.text !== 'batch')) continue;
      used[next.text] = true;
      bytes.write((next.text === 'cursor' ? '$1' : '$2').padEnd(next.text.length + 1), end - 1, 'latin1');
    }
    return { sql: bytes.toString(), ...used };
  });
}

/** What is neither a comment nor a semicolon; null when not even words can be made out. */
function tokensOf(sql: string) {
  if (sql.trim() === '') return []; // which the scanner refuses
  try {
    return scanSync(sql).tokens.filter(({ text, tokenName }) => !/COMMENT/.test(tokenName) && text !== ';');
  } catch {
    return null;
  }
}

function reading<T>(sql: string, read: () => T): Result<T, SyntaxProblem> {
  try {
    return ok(read());
  } catch (reason) {
    if (!(reason instanceof Error)) throw reason;
    const at = hasSqlDetails(reason) ? (reason.sqlDetails?.cursorPosition ?? 0) : 0;
    return err({ ...placeOf(sql, at), reason: reason.message });
  }
}

/** Line and column, from 1, of a character of a text. */
export function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, Math.max(0, at));
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}
