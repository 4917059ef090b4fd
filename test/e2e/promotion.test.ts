import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EnvironmentView } from '#api/browser';
import type { HistoryItem, StatusView } from '#api';
import { type Place, placeOf } from './place.ts';

let place: Place;
beforeAll(() => {
  place = placeOf('test/e2e/two-stages');
});
afterAll(async () => {
  await place.fairway('down', '--env', 'production', '--erase', '--yes');
  await place[Symbol.asyncDispose](); // the first declared environment, and the control plane
}, 60_000);

const ofEnvironment = (environment: string) => ({
  async json<T>(command: string): Promise<T> {
    const { exitCode, output } = await place.fairway(command, '--env', environment, '--json');
    expect(exitCode, output).toBe(0);
    return JSON.parse(output) as T;
  },
});

/** What users of an environment are told. */
async function answerOf(environment: string): Promise<string> {
  const { services } = await ofEnvironment(environment).json<StatusView>('status');
  const answer = await fetch(services.find(({ name }) => name === 'web')?.address ?? '');
  return answer.text();
}

async function environments(): Promise<readonly EnvironmentView[]> {
  const { address, control } = JSON.parse(
    readFileSync(join(place.folder, '.fairway', 'control.json'), 'utf8'),
  ) as { address: string; control: string };
  const answer = await fetch(`${address}/v1/environments`, {
    headers: { authorization: `Bearer ${control}` },
  });
  return (await answer.json()) as readonly EnvironmentView[];
}

/** The look goes on in the background, while somebody asks. */
async function driftOf(environment: string): Promise<readonly string[]> {
  for (let tries = 0; tries < 200; tries++) {
    const found = (await environments()).find(({ name }) => name === environment);
    if (found?.drift) return found.drift.differences;
    await wait(100);
  }
  throw new Error('nobody has looked');
}

const write = (version: string) => writeFileSync(join(place.folder, 'web', 'version.txt'), `${version}\n`);
const run = async (...args: string[]) => {
  const { exitCode, output } = await place.fairway(...args);
  expect(exitCode, output).toBe(0);
};

test('production gets the program that staging runs, although the folder has changed meanwhile', {
  timeout: 240_000,
}, async () => {
  await run('up', '--env', 'staging');
  await run('up', '--env', 'production');
  write('two');
  await run('release', '--env', 'staging');
  write('three');
  expect([await answerOf('staging'), await answerOf('production')]).toEqual(['two debug', 'one warn']);
  const [before] = await environments();
  expect(before).toMatchObject({ name: 'staging', next: 'production', ahead: ['web'] });

  await run('release', '--env', 'production', '--promote', 'staging', '--note', 'good since monday');
  expect([await answerOf('staging'), await answerOf('production')]).toEqual(['two debug', 'two warn']);
  const [last] = await ofEnvironment('production').json<readonly HistoryItem[]>('history');
  expect(last).toMatchObject({
    release: 2,
    outcome: 'promoted',
    source: 'promoted from staging, release 2',
    note: 'good since monday',
  });
  const [staging, production, elsewhere] = await environments();
  expect(staging).toMatchObject({ ahead: [], services: { ready: 1, wanted: 1 } });
  expect(production).toMatchObject({ builds: staging?.builds, services: { ready: 2, wanted: 2 } });
  expect(elsewhere).toMatchObject({ target: 'kubernetes', status: 'unknown', next: null });
  expect(elsewhere?.absent).toContain('kubernetes');
  expect(await driftOf('production')).toEqual([
    expect.stringMatching(/^web: other files: build \w+ instead of \w+$/),
  ]);
});

test('an older release can be named; what cannot be promoted is refused, and nothing changes', {
  timeout: 240_000,
}, async () => {
  await run('release', '--env', 'production', '--promote', 'staging@1');
  expect(await answerOf('production')).toBe('one warn');
  for (const promotion of ['staging@9', 'production', 'elsewhere', 'staging@x']) {
    const refused = await place.fairway('release', '--env', 'production', '--promote', promotion);
    expect(refused.exitCode, refused.output).not.toBe(0);
  }
  const both = await place.fairway(
    'release',
    '--env',
    'production',
    '--promote',
    'staging',
    '--set',
    'web.env.LEVEL=info',
  );
  expect(both.exitCode, both.output).not.toBe(0);
  expect((await ofEnvironment('production').json<StatusView>('status')).release?.number).toBe(3);
});
