import type { Path } from '#core/system';

/** Line and column, both from 1. */
export type Position = readonly [line: number, column: number];

/** Where the parts of a definition were written, as far as that is known. */
export interface PositionTree {
  /** The name before it; null for parts of lists and for the whole. */
  readonly key: Position | null;
  readonly value: Position;
  readonly members: readonly (readonly [name: string | number, tree: PositionTree])[];
}

export const start: Position = [1, 1];

/** The place of a path, or of the nearest known part around it: its name where it has one. */
export function locate(tree: PositionTree | null, path: Path, point: 'key' | 'value'): Position {
  if (tree === null) return start;
  const { found, depth } = follow(tree, path);
  const wantsValue = depth === path.length && point === 'value';
  return wantsValue ? found.value : (found.key ?? found.value);
}

/** How many steps of a path were written there. */
export function knownDepth(tree: PositionTree | null, path: Path): number {
  return tree === null ? 0 : follow(tree, path).depth;
}

function follow(tree: PositionTree, path: Path): { readonly found: PositionTree; readonly depth: number } {
  let found = tree;
  let depth = 0;
  for (const part of path) {
    const member = found.members.findLast(([name]) => name === part)?.[1];
    if (member === undefined) break;
    found = member;
    depth += 1;
  }
  return { found, depth };
}
