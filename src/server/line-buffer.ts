import type { LogLine } from '#ports';

/** Lines on their way to a reader who may be slower than they come. */
export interface LineBuffer {
  readonly push: (line: LogLine) => void;
  /** All that are there, and how many before them were dropped since the last time. */
  readonly take: () => { readonly dropped: number; readonly lines: readonly LogLine[] };
}

export interface Bounds {
  readonly lines: number;
  readonly characters: number;
}

/**
 * Where a bound is reached the oldest lines go: who looks at a log wants to see what happens now. The bounds are asked for
 * with each line, so that they may become narrower.
 */
export function createLineBuffer(bounds: () => Bounds): LineBuffer {
  let lines: LogLine[] = [];
  /** Those before it have been dropped. */
  let first = 0;
  let characters = 0;
  let dropped = 0;
  return {
    push(line) {
      lines.push(line);
      characters += line.text.length;
      const most = bounds();
      const isOver = () => lines.length - first > most.lines || characters > most.characters;
      for (; isOver() && first < lines.length - 1; first++) {
        characters -= lines[first]?.text.length ?? 0;
        dropped += 1;
      }
      if (first <= most.lines) return;
      lines = lines.slice(first);
      first = 0;
    },
    take() {
      const taken = { dropped, lines: lines.slice(first) };
      lines = [];
      first = 0;
      characters = 0;
      dropped = 0;
      return taken;
    },
  };
}
