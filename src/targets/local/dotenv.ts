import { readFile } from 'node:fs/promises';
import { ok, type Result } from '#kernel';
import { codeOf, diskFailure } from './files.ts';

/** The KEY=value lines of a file; empty when there is no file. Failures: those of `diskFailure`. */
export async function readDotenv(file: string): Promise<Result<Readonly<Record<string, string>>>> {
  try {
    return ok(parseDotenv(await readFile(file, 'utf8')));
  } catch (reason) {
    return codeOf(reason) === 'ENOENT' ? ok({}) : diskFailure(file, reason);
  }
}

/** Lines that are no assignment are passed over; quotes around a value are taken off, `\n` is read in double quotes. */
export function parseDotenv(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const [, key, value] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values[key] = unquoted(value);
  }
  return values;
}

function unquoted(value: string): string {
  const [, mark, inner] = /^(["'])(.*)\1$/.exec(value) ?? [];
  if (inner === undefined) return value.replace(/\s+#.*$/, '');
  return mark === '"' ? inner.replaceAll('\\n', '\n') : inner;
}
