import { fileURLToPath } from 'node:url';
import type { Position } from '../positions.ts';

export interface ErrorPlace {
  /** Absolute; null when no file of the author's is named. */
  readonly file: string | null;
  readonly at: Position;
  /** Whether the text there is wrong, rather than what it did. */
  readonly isSyntax: boolean;
}

/**
 * Where in the author's files an error arose. Errors of syntax begin with the file, the line and an arrow below the
 * column; others have frames, of which the first that is neither Node's nor ours counts.
 */
export function placeOf(stack: string, ours: string): ErrorPlace {
  const header = /^(\S[^\n]*):(\d+)\n(?:[^\n]*\n)+?( *)\^/.exec(stack);
  if (header !== null) {
    const column = (header[3]?.length ?? 0) + 1;
    return { file: pathOf(header[1] ?? ''), at: [Number(header[2]), column], isSyntax: true };
  }
  for (const [, file = '', line, column] of stack.matchAll(frame)) {
    const path = pathOf(file);
    if (!path.startsWith(ours)) return { file: path, at: [Number(line), Number(column)], isSyntax: false };
  }
  return { file: null, at: [1, 1], isSyntax: false };
}

const frame = /^ {4}at (?:async |.*\()?((?:file:\/\/)?\/[^\n]*?):(\d+):(\d+)\)?$/gm;

const pathOf = (file: string) => (file.startsWith('file://') ? fileURLToPath(file) : file);
