import { type Matcher, type Selector, wholly } from '#core/system';
import type { Sample } from './exposition.ts';

/** Whether a series is meant by a selector; patterns are made ready once. */
export function matching({ name, matchers }: Selector): (sample: Pick<Sample, 'name' | 'labels'>) => boolean {
  const tests = matchers.map(matches);
  return (sample) => sample.name === name && tests.every((test) => test(sample.labels));
}

function matches({ label, is, value }: Matcher): (labels: Sample['labels']) => boolean {
  const holds = valueTest(is, value);
  return (labels) => holds(Object.hasOwn(labels, label) ? (labels[label] ?? '') : '');
}

function valueTest(is: Matcher['is'], value: string): (text: string) => boolean {
  const pattern = is.endsWith('~') ? wholly(value) : null;
  const fits = (text: string) =>
    pattern === null ? text === value : text.length <= longestMatched && pattern.test(text);
  return is.startsWith('!') ? (text) => !fits(text) : fits;
}

/** A pattern is tried on no longer value, so that none takes long. */
const longestMatched = 1_024;

/** Labels without which a selector can mean no series at all. */
export const labelsNeeded = ({ matchers }: Selector): readonly string[] =>
  matchers.filter(({ is, value }) => !valueTest(is, value)('')).map(({ label }) => label);
