import { messageOf } from './reason.ts';

export const hidden = '[hidden]';

const secretName =
  /pass(word|phrase|wd)|secret|token|cookie|authori[sz]ation|signature|api[_-]?key|private[_-]?key|otp$/i;
/** What is a secret even as a number. */
const secretNumber = /(pass(word|phrase|wd)|secret|otp)$/i;
const deepest = 6;

/** A copy of the fields that may be shown: what a name says is secret is hidden, at any depth; errors become texts. */
export function shownFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) shown[name] = shownValue(name, value, 0);
  return shown;
}

function shownValue(name: string, value: unknown, depth: number): unknown {
  if (secretName.test(name) && value !== null && value !== undefined) {
    // A count of tokens or a flag is none.
    const isCount = typeof value === 'number' && !secretNumber.test(name);
    return isCount || typeof value === 'boolean' ? value : hidden;
  }
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return '[deeper]';
  if (value instanceof Error) return shownError(value, depth);
  if (Buffer.isBuffer(value)) return `[${value.length} bytes]`;
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return shownValue(name, (value as { toJSON(): unknown }).toJSON(), depth + 1);
  if (Array.isArray(value)) return value.map((each) => shownValue('', each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, shownValue(key, each, depth + 1)]),
  );
}

function shownError(error: Error, depth: number): Record<string, unknown> {
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: shownValue('', error.cause, depth + 1) };
  return { name: error.name, message: messageOf(error), ...code, stack: error.stack, ...cause };
}

/** Each ends where no long text can make it look far: a line may hold what a stranger wrote. */
const credentials = [
  /(:\/\/[^/\s:@"?#]{0,256}:)[^/\s@"?#]{1,256}(?=@)/g,
  /([?&][\w.-]{0,32}(?:token|secret|password|api_?key|signature)=)[^&\s"#]+/gi,
  /(\bBearer )[\w.~+/-]{16,}=*/gi,
];

/** Hides what its place shows to be secret: passwords of addresses, tokens of queries, bearer tokens. */
export const withoutCredentials = (line: string): string =>
  credentials.reduce((shown, each) => shown.replace(each, `$1${hidden}`), line);
