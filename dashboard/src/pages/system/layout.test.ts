import { describe, expect, test } from 'vitest';
import type { SystemView } from '#api/browser';
import { type Box, groupsOf, pictureOf } from './layout.ts';

type Service = SystemView['services'][number];

function systemOf(
  services: Readonly<Record<string, readonly [Service['exposure'], ...string[]]>>,
  stores: readonly string[],
): SystemView {
  return {
    services: Object.entries(services).map(([name, [exposure, ...needs]]) => ({ name, exposure, needs })),
    stores: stores.map((name) => ({ name })),
  } as unknown as SystemView;
}

const shop = systemOf(
  {
    edge: ['public', 'core', 'queue'],
    admin: ['vpn', 'core'],
    core: ['private', 'database', 'ai', 'core'],
    ai: ['private', 'edge'],
    workers: ['none', 'queue', 'nobody'],
  },
  ['database', 'queue'],
);
const picture = pictureOf(shop);
const box = (name: string) => picture.parts.find((part) => part.name === name) as Box;

test('groups stand by who reaches them, stores last; empty ones are left out', () => {
  expect(groupsOf(shop).map(({ key }) => key)).toEqual(['public', 'vpn', 'private', 'none', 'stores']);
  expect(groupsOf(systemOf({ app: ['public'] }, [])).map(({ key }) => key)).toEqual(['public']);
});

test('each part has a place inside its group and the picture, and no two are over each other', () => {
  expect(picture.parts).toHaveLength(7);
  for (const { key, members } of groupsOf(shop)) {
    const group = picture.groups.find(({ name }) => name === key) as Box;
    for (const name of members) expect(isInside(box(name), group), `${name} in ${key}`).toBe(true);
  }
  for (const a of picture.parts)
    for (const b of picture.parts) if (a !== b) expect(isOver(a, b), `${a.name} over ${b.name}`).toBe(false);
});

describe('lines', () => {
  test('there is one for each call of something declared, also back to the outside, and none to oneself', () => {
    const calls = picture.edges.map(({ from, to }) => `${from} ${to}`).toSorted();
    expect(calls).toEqual(
      [
        'admin core',
        'ai edge',
        'core ai',
        'core database',
        'edge core',
        'edge queue',
        'workers queue',
      ].toSorted(),
    );
  });

  test.each(['edge core', 'core database', 'ai edge'])(
    '%s begins at the caller and ends at the called',
    (call) => {
      const [from = '', to = ''] = call.split(' ');
      const { path } = picture.edges.find((edge) => edge.from === from && edge.to === to) ?? { path: '' };
      const numbers = [...path.matchAll(/-?[\d.]+/g)].map(Number);
      expect(touches(box(from), numbers[0], numbers[1])).toBe(true);
      expect(touches(box(to), numbers.at(-2), numbers.at(-1))).toBe(true);
    },
  );
});

test('stores stand right of every service, also of those that use none', () => {
  const left = Math.min(box('database').x, box('queue').x);
  for (const { name } of shop.services) expect(box(name).x + box(name).width).toBeLessThanOrEqual(left);
});

test('the largest system that is drawn is laid out whole', () => {
  const services = Object.fromEntries(
    Array.from({ length: 59 }, (_, n) => [
      `s${n}`,
      ['private', ...(n > 2 ? [`s${n >> 1}`] : []), 'db'] as const,
    ]),
  );
  expect(pictureOf(systemOf(services, ['db'])).parts).toHaveLength(60);
});

const isInside = (a: Box, b: Box) =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
const isOver = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const touches = (a: Box, x = Number.NaN, y = Number.NaN) =>
  (Math.abs(x - a.x) < 1 || Math.abs(x - a.x - a.width) < 1) && y >= a.y && y <= a.y + a.height;
