import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { System } from '#core/system';
import { describeFinding, loadDefinition } from '#definition';
import { type Clock, instant } from '#kernel';
import { misfit, shown, time } from './expectations.ts';
import { type Expectation, everyId, groups, type Letter, type Table } from './table.ts';
import { configuration } from './tables/configuration.ts';
import { data } from './tables/data.ts';
import { environments } from './tables/environments.ts';
import { network } from './tables/network.ts';
import { observability } from './tables/observability.ts';
import { operations } from './tables/operations.ts';
import { pipelines } from './tables/pipelines.ts';
import { releases } from './tables/releases.ts';
import { safety } from './tables/safety.ts';
import { scaling } from './tables/scaling.ts';
import { topology } from './tables/topology.ts';

const project = join(import.meta.dirname, '..', '..');
const folders = {
  T: 'trading-journal',
  C: 'customer-service',
  K: 'kianax',
  P: 'planner',
  M: 'maxai',
} as const satisfies Record<Letter, string>;
const letters = Object.keys(folders) as readonly Letter[];
const tables: readonly Table[] = [
  environments,
  topology,
  network,
  releases,
  pipelines,
  scaling,
  data,
  configuration,
  observability,
  safety,
  operations,
];
const rows = tables.flatMap((table) => Object.entries(table));

const systems = new Map<Letter, System>();
const unread = new Map<Letter, string>();
const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) => delay(wait, undefined, { signal }).catch(() => undefined),
};

beforeAll(async () => {
  for (const letter of letters) {
    const folder = join(project, 'systems', folders[letter]);
    const loaded = await loadDefinition(folder, { clock, signal: new AbortController().signal });
    if (loaded.ok) systems.set(letter, loaded.value.system);
    else unread.set(letter, loaded.error.map(describeFinding).join('\n'));
  }
});

describe('the table', () => {
  test('has every requirement once', () => {
    expect(rows.map(([id]) => id).toSorted()).toEqual(everyId().toSorted());
    expect(rows).toHaveLength(262);
    expect(Object.keys(groups)).toHaveLength(27);
  });

  test('says for every system that asks where it is met, and nothing for others', () => {
    const silent = rows.flatMap(([id, row]) =>
      letters
        .filter((letter) =>
          row.for.includes(letter)
            ? row[letter] === undefined && row.met === undefined
            : row[letter] !== undefined,
        )
        .map((letter) => `${id} ${letter}`),
    );
    expect(silent).toEqual([]);
  });

  test('names parts and tests that are there', () => {
    const missing = rows.flatMap(([id, { met = [] }]) =>
      met
        .filter((path) => path !== 'later' && !existsSync(join(project, path)))
        .map((path) => `${id}: ${path}`),
    );
    expect(missing).toEqual([]);
  });
});

describe.each(letters)('%s declares', (letter) => {
  const asked = rows.flatMap(([id, row]) =>
    row[letter] === undefined ? [] : [{ id, about: row.about, expectations: row[letter] }],
  );
  test.each(asked)('$id $about', ({ expectations }) => {
    const system = systems.get(letter);
    if (system === undefined) throw new Error(unread.get(letter) ?? 'the definition was not read');
    const problems = expectations.flatMap((expectation) => unmet(system, expectation)).join('\n');
    expect(problems, problems).toBe('');
  });
});

describe.each(letters)('%s', (letter) => {
  test('ships the log of every database three times as often as its loss allows, in every environment (X-02)', () => {
    const declared = Object.entries(systems.get(letter)?.environments ?? {});
    expect(declared).not.toEqual([]);
    for (const [name, { stores, recovery }] of declared) {
      const databases = Object.values(stores).filter(({ kind }) => kind === 'postgres');
      expect(databases, name).not.toEqual([]);
      for (const { backup } of databases) {
        expect(backup?.full?.every, name).toBe(time('1d'));
        expect(backup?.logEvery, name).toBeLessThanOrEqual((recovery?.rpo.limit ?? 0) / 3);
      }
    }
  });
});

/** A sentence for each environment in which a place does not hold what it has to. */
function unmet(system: System, [place, expected]: Expectation): readonly string[] {
  const [first = '', ...path] = place.split('/');
  const starts = first === '*' ? Object.keys(system.environments) : [first];
  return starts.flatMap((start) => {
    const root: unknown = start === 'system' ? system : system.environments[start];
    const value = path.reduce<unknown>(memberOf, root);
    const problem = misfit(expected, value);
    return problem === null
      ? []
      : [`${[start, ...path].join('/')}: wants ${problem}; is ${shown(value, 1_500)}`];
  });
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
