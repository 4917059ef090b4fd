import { ok } from '#kernel';
import type { Traffic } from '../traffic/index.ts';
import type { Handlers } from './contract.ts';

/** What each revision answers and how far the gate is. */
export function trafficHandlers(traffic: Traffic) {
  return {
    'GET /v1/environments/{environment}/traffic': async ({ environment, query }) =>
      ok(await traffic.history(environment, query.since)),
    'GET /v1/environments/{environment}/traffic/events': ({ environment, context }) =>
      traffic.stream(context, environment),
  } satisfies Partial<Handlers>;
}
