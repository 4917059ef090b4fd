import type { TaskProgress } from '#ports';

import type { Mask } from './mask.ts';
import { linesFrom } from './tail.ts';

const longestToken = 4_096;
/** A read that gives more than this has probably not come to the end. */
const muchAtOnce = 1_048_576;

/**
 * What a line says about where the job stands; null when it says nothing. A token that holds a secret is passed over: it
 * would be kept in the open, and masked it would mean something else.
 */
export function progressIn(line: string, mask: Mask): TaskProgress | null {
  if (!line.startsWith('{')) return null;
  try {
    const { resume, done, of } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (typeof resume !== 'string' || resume.length > longestToken || mask(resume) !== resume) return null;
    return { resume, done: numberOr(done), of: numberOr(of) };
  } catch {
    return null;
  }
}

const numberOr = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/**
 * Reads on in a job's output each time it is called and gives the newest progress it has come to; null when there is none
 * since the last time.
 */
export function followProgress(file: string, mask: () => Mask): () => Promise<TaskProgress | null> {
  let at = 0;
  return async () => {
    const known = mask();
    let newest: TaskProgress | null = null;
    for (let isBehind = true; isBehind; ) {
      const { lines, end } = await linesFrom(file, at);
      isBehind = end - at > muchAtOnce;
      at = end;
      newest = lines.map((line) => progressIn(line, known)).findLast((each) => each !== null) ?? newest;
    }
    return newest;
  };
}
