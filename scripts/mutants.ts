/** One small change of a source file, as it is listed in docs/mutants.md. */
export interface Change {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  /** The changed lines in one, blanks collapsed. */
  readonly before: string;
  readonly after: string;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** `location` counts lines and columns from 0. */
export function changeOf(
  mutant: {
    readonly id: string;
    readonly fileName: string;
    readonly replacement: string;
    readonly location: { readonly start: Place; readonly end: Place };
  },
  source: string,
): Change {
  const { start, end } = mutant.location;
  const lines = source.split('\n').slice(start.line, end.line + 1);
  const head = (lines[0] ?? '').slice(0, start.column);
  const tail = (lines.at(-1) ?? '').slice(end.column);
  const inOne = (text: string) => text.replaceAll(/\s+/g, ' ').trim();
  return {
    id: mutant.id,
    file: mutant.fileName,
    line: start.line + 1,
    before: inOne(lines.join(' ')),
    after: inOne(head + mutant.replacement + tail),
  };
}

/** The list of accepted changes: per file (a heading) blocks of code with one changed line each, after their reason. */
export function acceptedIn(page: string): readonly string[] {
  const accepted: string[] = [];
  let file = '';
  let isCode = false;
  for (const line of page.split('\n')) {
    const heading = /^## `(?<file>.+)`/.exec(line)?.groups?.['file'];
    if (heading !== undefined) file = heading;
    else if (line.startsWith('```')) isCode = !isCode;
    else if (isCode && line.trim() !== '') accepted.push(keyOf({ file, after: line.trim() }));
  }
  return accepted;
}

const keyOf = ({ file, after }: Pick<Change, 'file' | 'after'>) => `${file}: ${after}`;

/** Figures per file, and what is not as it should be. A line that is changed in two places is listed twice. */
export function reportOf(
  all: readonly Change[],
  survivors: readonly Change[],
  accepted: readonly string[],
): { readonly lines: readonly string[]; readonly isGood: boolean } {
  const files = [...new Set(all.map(({ file }) => file))];
  const rows = files.map((name) => {
    const of = (changes: readonly Change[]) => changes.filter(({ file }) => file === name).length;
    return `${name.padEnd(16)} ${String(of(all)).padStart(5)} changes, ${of(survivors)} survived`;
  });
  const left = accepted.filter((key) => files.some((file) => key.startsWith(`${file}: `)));
  const unlisted = survivors.filter((change) => {
    const place = left.indexOf(keyOf(change));
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
  const good = survivors.length - unlisted.length;
  const lines = [
    ...rows,
    `${'all'.padEnd(16)} ${String(all.length).padStart(5)} changes, ${survivors.length} survived, ${good} of them accepted`,
    ...unlisted.map(({ file, line, before, after }) => `\n${file}:${line}\n- ${before}\n+ ${after}`),
    ...left.map((key) => `\ndocs/mutants.md lists what a test notices by now, remove it: ${key}`),
  ];
  return { lines, isGood: unlisted.length === 0 && left.length === 0 };
}
