import { expect, it } from 'vitest';
import { createLineBuffer } from './line-buffer.ts';

const line = (text: string) => ({ service: 'web', replica: 'web-0', revision: 'a', text });
const taken = ({ take }: { take: () => ReturnType<ReturnType<typeof createLineBuffer>['take']> }) => {
  const { dropped, lines } = take();
  return [dropped, lines.map(({ text }) => text).join(' ')];
};

it('drops the oldest lines where there are too many, and says how many', () => {
  const buffer = createLineBuffer(() => ({ lines: 3, characters: 100 }));
  for (const text of ['a', 'b', 'c']) buffer.push(line(text));
  expect(taken(buffer)).toEqual([0, 'a b c']);
  expect(taken(buffer)).toEqual([0, '']);
  for (const text of ['d', 'e', 'f', 'g', 'h']) buffer.push(line(text));
  expect(taken(buffer)).toEqual([2, 'f g h']);
  for (let i = 0; i < 1_000; i++) buffer.push(line(String(i)));
  expect(taken(buffer)).toEqual([997, '997 998 999']);
});

it('drops them where they are too long together, and keeps one however long it is', () => {
  const buffer = createLineBuffer(() => ({ lines: 100, characters: 10 }));
  for (const text of ['four', 'five', 'six']) buffer.push(line(text));
  expect(taken(buffer)).toEqual([1, 'five six']);
  for (const text of ['one', 'a line of twenty-one.']) buffer.push(line(text));
  expect(taken(buffer)).toEqual([1, 'a line of twenty-one.']);
});
