/** The name most like `name`, when one is like enough to be what was meant. */
export function nearest(name: string, known: Iterable<string>): string | null {
  const most = Math.max(1, Math.floor(name.length / 3));
  let best: { readonly name: string; readonly edits: number } | null = null;
  for (const candidate of known) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase(), most);
    if (edits <= most && edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { name: candidate, edits };
  }
  return best?.name ?? null;
}

/** What to write instead of a name nobody knows. */
export function insteadOf(name: string, known: Iterable<string>, kind: string): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== null) return `did you mean "${near}"?`;
  if (names.length === 0) return `there are no ${kind} here`;
  const listed = names.slice(0, 12).join(', ');
  return `${kind} here: ${listed}${names.length > 12 ? `, and ${names.length - 12} more` : ''}`;
}

/**
 * Edits that turn one text into the other: insert, delete, replace, swap neighbours (optimal string alignment distance).
 * Gives up beyond `most`, so that long texts cost little.
 */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      line[column] = Math.min(
        at(last, column) + 1,
        at(line, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    if (Math.min(...line) > most) return most + 1;
    before = last;
    last = line;
  }
  return at(last, b.length);
}

const at = (line: readonly number[], index: number) => line[index] ?? Number.POSITIVE_INFINITY;
