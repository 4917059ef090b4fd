import { expect, test } from 'vitest';
import { createOrder } from './order.ts';

const said = (replica: string, text: string) => ({ service: 'edge', replica, revision: 'b2c4', text });
const at = (replica: string, second: number, rest = '') =>
  said(
    replica,
    `{"level":"info","time":"2026-03-01T10:00:0${second}.000Z","msg":"${replica}${second}${rest}"}`,
  );

function played() {
  const shown: string[] = [];
  const order = createOrder(({ text }) => shown.push(/"msg":"(\w+)"/.exec(text)?.[1] ?? text));
  return { shown, order };
}

test('lines of two replicas that came one file after the other are shown in the order of their time', () => {
  const { shown, order } = played();
  for (const line of [at('a', 1), at('a', 3), at('a', 5), at('b', 2), at('b', 4)]) order.add(line);
  expect(order.settle()).toBe(false);
  expect(order.settle()).toBe(true);
  expect(shown).toEqual(['a1', 'b2', 'a3', 'b4', 'a5']);
});

test('a line that is a little late is put before those that wait', () => {
  const { shown, order } = played();
  order.add(at('a', 2));
  order.settle();
  order.add(at('b', 1));
  order.add(at('a', 3));
  order.settle();
  expect(shown).toEqual(['b1', 'a2']);
  order.settle();
  expect(shown).toEqual(['b1', 'a2', 'a3']);
});

test('a line without a time stays behind the one before it, and a replica keeps its own order', () => {
  const { shown, order } = played();
  for (const line of [at('a', 4), said('a', '    at connect'), at('a', 1), at('b', 2), said('c', 'hello')])
    order.add(line);
  order.empty();
  expect(shown).toEqual(['b2', 'a4', '    at connect', 'a1', 'hello']);
});

test('however many come, only some wait', () => {
  const { shown, order } = played();
  for (let number = 0; number < 50_000; number += 1) order.add(said('a', 'x'));
  expect(shown.length).toBe(40_000);
});
