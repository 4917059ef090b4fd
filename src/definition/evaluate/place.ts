import { fileURLToPath } from 'node:url';
import type { Position } from '../positions.ts';

export interface ErrorPlace {
  readonly file: string | null;
  readonly at: Position;
}

/**
 * Where in the author's files an error arose. Errors of syntax begin with the file, the line and an arrow below the
 * column; others have frames, of which the first that is neither Node's nor ours counts.
 */
export function placeOf(stack: string, ours: string): ErrorPlace {
  const header = /^(\S[^\n]*):(\d+)\n(?:[^\n]*\n)+?( *)\^/.exec(stack);
  if (header !== null)
    return { file: pathOf(header[1] ?? ''), at: [Number(header[2]), (header[3]?.length ?? 0) + 1] };
  for (const [, file = '', line, column] of stack.matchAll(
    /^ {4}at .*?((?:file:\/\/)?\/[^\n]*?):(\d+):(\d+)\)?$/gm,
  )) {
    const path = pathOf(file);
    if (!path.startsWith(ours)) return { file: path, at: [Number(line), Number(column)] };
  }
  return { file: null, at: [1, 1] };
}

const pathOf = (file: string) => (file.startsWith('file://') ? fileURLToPath(file) : file);
