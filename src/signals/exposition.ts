import { fail, ok, type Result } from '#kernel';

/** One line of a page of metrics. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What of a page was asked for. */
export interface Page {
  /** In the order of the page; no two with the same name and labels. */
  readonly samples: readonly Sample[];
  /** Names the page speaks of, also those of metrics that have no series yet. */
  readonly known: ReadonlySet<string>;
}

const longestLine = 16_384;
const mostSamples = 20_000;

/**
 * Reads a page in the text format of Prometheus (0.0.4) or OpenMetrics (1.0): samples with one of the `wanted` names. Every
 * line is read strictly, since a page that broke off or is none must not pass for one with fewer failures.
 * See https://prometheus.io/docs/instrumenting/exposition_formats/ and RFC draft-richih-opsawg-openmetrics.
 * Failures: `metrics_unreadable` (facts: line, reason).
 */
export function readExposition(
  text: string,
  wanted: ReadonlySet<string>,
  { isOpenMetrics = false }: { readonly isOpenMetrics?: boolean } = {},
): Result<Page> {
  const samples: Sample[] = [];
  const known = new Set<string>();
  const seen = new Set<string>();
  let number = 0;
  let hasEnded = false;
  for (const line of linesOf(text)) {
    number += 1;
    const unreadable = (reason: string) => fail('metrics_unreadable', { line: number, reason });
    if (line.length > longestLine) return unreadable('the line is too long');
    if (hasEnded && line.trim() !== '') return unreadable('something follows the end of the page');
    if (line.startsWith('#')) {
      hasEnded ||= line.trim() === '# EOF';
      const declared = typeLine.exec(line);
      if (declared !== null) noteType(known, declared[1] ?? '', declared[2] ?? '');
      continue;
    }
    if (line.trim() === '') continue;
    const parsed = readSample(line);
    if (typeof parsed === 'string') return unreadable(parsed);
    known.add(parsed.name);
    if (!wanted.has(parsed.name)) continue;
    const key = keyOf(parsed);
    if (seen.has(key)) return unreadable('the same series stands there twice');
    seen.add(key);
    if (samples.push(parsed) > mostSamples) return unreadable(`there are more than ${mostSamples} series`);
  }
  // Only OpenMetrics says where a page ends.
  if (isOpenMetrics && !hasEnded)
    return fail('metrics_unreadable', { line: number, reason: 'the page broke off' });
  return ok({ samples, known });
}

/** A series by its name and labels, whatever their order. */
export function keyOf({ name, labels }: Pick<Sample, 'name' | 'labels'>): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, ...sorted]);
}

/** Lines one by one: a page may have a hundred thousand. */
function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const stop = end === -1 ? text.length : end;
    yield text.slice(start, text[stop - 1] === '\r' ? stop - 1 : stop);
    start = stop + 1;
  }
}

const typeLine = /^#\s+TYPE\s+([a-zA-Z_:][a-zA-Z0-9_:]*)\s+([a-z]+)\s*$/;

/** The names of samples that a declared metric will have. OpenMetrics declares a counter without its `_total`. */
function noteType(known: Set<string>, name: string, type: string): void {
  known.add(name);
  if (type === 'counter' && !name.endsWith('_total')) known.add(`${name}_total`);
  if (type === 'histogram' || type === 'summary')
    for (const part of ['_count', '_sum']) known.add(name + part);
  if (type === 'histogram') known.add(`${name}_bucket`);
}

const nameForm = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const labelForm = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*/y;
/** Value, then perhaps a time, then perhaps an exemplar, which is not looked at. */
const restForm = /^[ \t]+(\S+)(?:[ \t]+[-+]?[0-9.eE+-]+)?(?:[ \t]+# .*)?[ \t]*$/;

/** The sample, or what is wrong with the line. */
function readSample(line: string): Sample | string {
  nameForm.lastIndex = 0;
  const name = nameForm.exec(line)?.[0];
  if (name === undefined) return 'no name of a metric stands at its beginning';
  let at = nameForm.lastIndex;
  const labels: Record<string, string> = Object.create(null) as Record<string, string>;
  if (line[at] === '{') {
    at += 1;
    while (line[at] !== '}') {
      labelForm.lastIndex = at;
      const found = labelForm.exec(line);
      if (found === null) {
        if (/^[ \t]*\}/.test(line.slice(at))) {
          at = line.indexOf('}', at);
          break;
        }
        return 'its labels cannot be read';
      }
      const [, label = '', value = ''] = found;
      if (Object.hasOwn(labels, label)) return `it has the label ${label} twice`;
      labels[label] = unescaped(value);
      at = labelForm.lastIndex;
      if (line[at] === ',') at += 1;
      else if (line[at] !== '}') return 'its labels cannot be read';
    }
    at += 1;
  }
  // The blank before the value may be missing behind labels.
  const rest = line[at - 1] === '}' && !/^[ \t]/.test(line.slice(at)) ? ` ${line.slice(at)}` : line.slice(at);
  const value = restForm.exec(rest)?.[1];
  const number = value === undefined ? null : numberOf(value);
  return number === null ? 'no number stands behind its name' : { name, labels, value: number };
}

const unescaped = (value: string) =>
  value.includes('\\')
    ? value.replace(/\\(.)/g, (all, letter: string) =>
        letter === 'n' ? '\n' : letter === '"' || letter === '\\' ? letter : all,
      )
    : value;

const words: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '+infinity': Number.POSITIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

/** A number as Go writes one; also the values of labels such as `le`. */
export function numberOf(text: string): number | null {
  const word = words[text.toLowerCase()];
  if (word !== undefined) return word;
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : null;
}
