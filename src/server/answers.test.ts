import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Route, type RouteKey, routes, type StatusView } from '#api';
import { aBench, key, stopEngines, until } from './bench.fixture.ts';

/** What is sent is what the table of routes says, field by field. */

const table: Readonly<Record<string, Route>> = routes;
const headers = { authorization: `Bearer ${key}`, host: '127.0.0.1:7070' };

/** Needed in the query, or to end a stream after what is there. */
const queries: Partial<Record<RouteKey, string>> = {
  'GET /v1/environments/{environment}/compare': '?from=1&to=2',
  'GET /v1/environments/{environment}/events': '?follow=false',
};

/** Goes on until its reader leaves: its own test reads it. */
const endless: RouteKey = 'GET /v1/environments/{environment}/traffic/events';
/** The bench copies nothing; what recovery tells is tested with its fixture. */
const refusedHere = (path: string) => path.includes('/recovery');

const looks = Object.entries(table)
  .filter(([path]) => path.startsWith('GET ') && path !== endless && !refusedHere(path))
  .map(([path, route]) => ({ path, route, query: queries[path as RouteKey] ?? '' }));

type Bench = ReturnType<typeof aBench>;

const statusOf = async (bench: Bench) => (await bench.ask<StatusView>('status')).body;

const comesTo = (bench: Bench, isSo: (now: StatusView) => boolean) => until(() => statusOf(bench), isSo);
const isAtRest = ({ release, rollout }: StatusView) => release !== null && rollout === null;
const isHeld = ({ rollout }: StatusView) => rollout?.held === true;

/** The second release is held: the bench has no traffic, so the gate lacks evidence. */
async function underWay(): Promise<Bench> {
  const bench = aBench();
  await bench.ask('up', { by: 'ann' });
  await comesTo(bench, isAtRest);
  await bench.ask('releases', { by: 'bob', note: 'faster' });
  await comesTo(bench, isHeld);
  return bench;
}

const situations: Readonly<Record<string, () => Promise<Bench>>> = {
  'nothing yet': async () => aBench(),
  'a release under way': underWay,
  'a release that went back': async () => {
    const bench = await underWay();
    await bench.ask('abort', { by: 'cid', note: 'no' });
    await comesTo(bench, isAtRest);
    return bench;
  },
  'a release that was promoted': async () => {
    const bench = await underWay();
    const isSettled = (now: StatusView) => isHeld(now) || isAtRest(now);
    while (!isAtRest(await comesTo(bench, isSettled))) await bench.ask('promote', { by: 'cid' });
    return bench;
  },
};

describe.each(Object.keys(situations))('with %s', (name) => {
  let bench = aBench();
  beforeAll(async () => {
    bench = (await situations[name]?.()) ?? bench;
  });
  afterAll(stopEngines);

  test.each(looks)('$path answers what it declares', async ({ path, route, query }) => {
    const place = (path.split(' ')[1] ?? '').replace('{environment}', 'dev');
    const answer = await bench.app.request(`${place}${query}`, { headers });
    const isOfReleases = path.endsWith('/compare') || path.endsWith('/explain');
    if (name === 'nothing yet' && isOfReleases) return expect(answer.status).toBe(404);
    expect(answer.status, await answer.clone().text()).toBe(route.status ?? 200);
    for (const document of await documentsOf(answer, route)) {
      const { error } = route.answer.safeParse(document);
      expect(error?.issues ?? [], JSON.stringify(document).slice(0, 500)).toEqual([]);
    }
    return undefined;
  });
});

/** The one document of an answer, or all of a stream. */
async function documentsOf(answer: Response, { stream }: Route): Promise<readonly unknown[]> {
  const text = await answer.text();
  if (stream === undefined) return [JSON.parse(text)];
  const found = [...text.matchAll(stream === 'events' ? /^data: (.+)$/gm : /^(.+)$/gm)];
  return found.map(([, document = '']) => JSON.parse(document) as unknown);
}
