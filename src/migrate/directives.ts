/** What the comments of a file say to Fairway: lines that begin with `-- fairway:`. */
export interface Directives {
  /** The first line says `-- fairway: no transaction`: each statement stands for itself. */
  readonly noTransaction: boolean;
  /** `-- fairway: batch 1000`: rows of one step of a backfill. */
  readonly batch: number | null;
  /** `-- fairway: count SELECT count(*) FROM …`: how many rows there are to do, for the progress. */
  readonly count: string | null;
  /** `-- fairway: allow migration_drops because …`, by the line it stands in (from 1). */
  readonly allowed: readonly { readonly line: number; readonly code: string }[];
  /** Lines that begin as one of these and are none. */
  readonly unknown: readonly { readonly line: number; readonly text: string }[];
}

/** Reads the directives of a file. An `allow` without a reason is none: who reads it later has to know why. */
export function directivesOf(sql: string): Directives {
  const said = sql.split(/\r?\n/).flatMap((text, index) => {
    const words = /^\s*--\s*fairway:\s*(.*?)\s*$/i.exec(text)?.[1];
    return words === undefined ? [] : [{ line: index + 1, words }];
  });
  const first = <T>(read: (words: string) => T | null) =>
    said.map(({ words }) => read(words)).find((value) => value !== null) ?? null;
  const reads = [noTransactionIn, batchIn, countIn, allowIn];

  return {
    noTransaction: said.some(({ line, words }) => line === 1 && noTransactionIn(words) !== null),
    batch: first(batchIn),
    count: first(countIn),
    allowed: said.flatMap(({ line, words }) => {
      const code = allowIn(words);
      return code === null ? [] : [{ line, code }];
    }),
    unknown: said
      .filter(
        ({ line, words }) =>
          reads.every((read) => read(words) === null) || (noTransactionIn(words) !== null && line !== 1),
      )
      .map(({ line, words }) => ({ line, text: words })),
  };
}

const noTransactionIn = (words: string) => (/^no transaction$/i.test(words) ? true : null);
const countIn = (words: string) => /^count\s+(select\b.*?);?$/i.exec(words)?.[1] ?? null;
const allowIn = (words: string) => /^allow\s+(\w+)\s+because\s+\S/i.exec(words)?.[1] ?? null;
function batchIn(words: string): number | null {
  const rows = Number(/^batch\s+(\d{1,7})$/i.exec(words)?.[1] ?? 0);
  return rows > 0 ? rows : null;
}
