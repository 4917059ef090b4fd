import type { Result } from '#kernel';

/** Which series of a page of metrics are meant: a name, and what their labels have to say. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

/** As in PromQL: a label that is not there is empty text, and a pattern has to fit the whole value. */
export interface Matcher {
  readonly label: string;
  readonly is: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

const nameForm = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const matcherForm = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\\n]|\\.)*)"\s*/;

/**
 * Reads an instant vector selector of PromQL: `jobs_failed_total` or `http_requests_total{code=~"5..",route!="/healthz"}`.
 * What is wrong comes back as what to write instead.
 */
export function parseSelector(text: string): Result<Selector, string> {
  const name = nameForm.exec(text)?.[0] ?? '';
  const rest = text.slice(name.length).trim();
  if (name === '') return wrong('begin with the name of a metric, such as http_requests_total');
  if (rest === '') return { ok: true, value: { name, matchers: [] } };
  if (!rest.startsWith('{') || !rest.endsWith('}')) return wrong(form);
  const matchers: Matcher[] = [];
  let left = rest.slice(1, -1).trim();
  while (left !== '') {
    const found = matcherForm.exec(left);
    if (found === null) return wrong(form);
    const [all, label = '', is = '=', quoted = ''] = found;
    const value = unescaped(quoted);
    const problem = is.endsWith('~') ? patternProblem(value) : null;
    if (problem !== null) return wrong(problem);
    matchers.push({ label, is: is as Matcher['is'], value });
    const next = left.slice(all.length);
    if (next !== '' && !next.startsWith(',')) return wrong(form);
    left = next.slice(1).trimStart();
  }
  return { ok: true, value: { name, matchers } };
}

const form = 'write the labels as in http_requests_total{code=~"5..",route!="/healthz"}';
const wrong = (write: string): Result<Selector, string> => ({ ok: false, error: write });

const unescaped = (quoted: string) =>
  quoted.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));

const longest = 200;
const unbounded = 2;

/**
 * Patterns run on every look over labels that a service chose: those that can take long are refused, as are those that mean
 * something else to Prometheus (RE2) than here.
 */
function patternProblem(pattern: string): string | null {
  if (pattern.length > longest) return `write a pattern of at most ${longest} characters`;
  if (/\\[0-9kpPbBAzQ]|\(\?(?!:)/.test(pattern))
    return 'write a plain pattern, such as 5.. or timeout|refused';
  const bare = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (/\)[*+?{]/.test(bare)) return 'write the pattern without repeating a group';
  if ((bare.match(/[*+]|,\}/g) ?? []).length > unbounded)
    return `write at most ${unbounded} of * and + in a pattern`;
  if (/\{\d{3,}|,\d{3,}\}/.test(bare)) return 'write at most 99 repetitions';
  try {
    wholly(pattern);
    return null;
  } catch {
    return 'write a valid pattern, such as 5.. or timeout|refused';
  }
}

/** The pattern as one that fits the whole text or not at all. */
export const wholly = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`, 's');
