import { open } from 'node:fs/promises';

/** At most this much is read of a log's end: enough for thousands of lines, never a surprise for our memory. */
const furthest = 4 * 1_048_576;
const blockSize = 65_536;

/** The last `count` whole lines of a file and where reading goes on; nothing when there is no file. */
export async function lastLines(
  file: string,
  count: number,
): Promise<{ readonly lines: readonly string[]; readonly end: number }> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return { lines: [], end: 0 };
  try {
    const { size } = await handle.stat();
    let start = size;
    let read = Buffer.alloc(0);
    while (start > 0 && size - start < furthest && countLines(read) <= count) {
      const length = Math.min(blockSize, start);
      start -= length;
      const block = Buffer.alloc(length);
      const { bytesRead } = await handle.read(block, 0, length, start);
      read = Buffer.concat([block.subarray(0, bytesRead), read]);
    }
    const lastEnd = read.lastIndexOf(0x0a) + 1;
    const lines = read.subarray(0, lastEnd).toString('utf8').split('\n').slice(0, -1);
    const whole = start > 0 ? lines.slice(1) : lines; // the first may be the rest of a longer one
    return { lines: count === 0 ? [] : whole.slice(-count), end: size - (read.length - lastEnd) };
  } finally {
    await handle.close();
  }
}

/** Whole lines from a place onwards; a file shorter than that was emptied and is read from its beginning. */
export async function linesFrom(
  file: string,
  from: number,
): Promise<{ readonly lines: readonly string[]; readonly end: number }> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return { lines: [], end: 0 };
  try {
    const { size } = await handle.stat();
    const start = size < from ? 0 : from;
    const block = Buffer.alloc(Math.min(furthest, size - start));
    const { bytesRead } = await handle.read(block, 0, block.length, start);
    const read = block.subarray(0, bytesRead);
    const lastEnd = read.lastIndexOf(0x0a) + 1;
    const isEndless = lastEnd === 0 && bytesRead === furthest; // no line is that long: give it out in pieces
    const whole = isEndless ? read : read.subarray(0, lastEnd);
    return { lines: splitLines(whole.toString('utf8')), end: start + whole.length };
  } finally {
    await handle.close();
  }
}

/** The last bytes of a file as text; empty when there is no file. */
export async function lastPart(file: string, length: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return '';
  try {
    const { size } = await handle.stat();
    const block = Buffer.alloc(Math.min(length, size));
    const { bytesRead } = await handle.read(block, 0, block.length, size - block.length);
    return block.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}

/** The last line a program wrote, finished or not; null when it wrote nothing. */
export async function lastLine(file: string): Promise<string | null> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return null;
  try {
    const { size } = await handle.stat();
    const block = Buffer.alloc(Math.min(8_192, size));
    await handle.read(block, 0, block.length, size - block.length);
    return meaningfulLine(block.toString('utf8'));
  } finally {
    await handle.close();
  }
}

/** Node ends a report of an uncaught error with its version and the stack; the line that says what happened is above. */
function meaningfulLine(text: string): string | null {
  const lines = text.split('\n').map((line) => line.trim());
  const telling = lines.filter((line) => line !== '' && !/^(at |Node\.js v|\}|[a-z]+: .*,?$)/.test(line));
  const error = telling.findLast((line) => /^(\w*Error|Error)\b/.test(line));
  const chosen = error ?? telling.at(-1) ?? lines.findLast((line) => line !== '');
  return chosen === undefined ? null : chosen.slice(0, 300);
}

const countLines = (text: Buffer) => {
  let count = 0;
  for (let at = text.indexOf(0x0a); at !== -1; at = text.indexOf(0x0a, at + 1)) count += 1;
  return count;
};

const splitLines = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
