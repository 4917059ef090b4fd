/** Something with a name that needs others by theirs. */
export interface Needing {
  readonly name: string;
  readonly needs: readonly string[];
}

/**
 * In levels: what stands in a level needs only what stands in the levels before it. Names that are not among the given
 * (stores) are no services and are passed over. Members of a cycle come last, together: a definition with a cycle is
 * refused before, this function only has to end. Source: A. B. Kahn, Topological sorting of large networks, 1962.
 */
export function levels<T extends Needing>(items: readonly T[]): T[][] {
  const result: T[][] = [];
  let left = [...items];
  while (left.length > 0) {
    const waiting = new Set(left.map((item) => item.name));
    const free = left.filter((item) => item.needs.every((need) => !waiting.has(need)));
    const level = free.length > 0 ? free : left;
    result.push(level);
    left = left.filter((item) => !level.includes(item));
  }
  return result;
}
