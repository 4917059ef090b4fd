import { ok } from '#kernel';
import { explainView, historyView } from '../history-view.ts';
import { planView } from '../plan-view.ts';
import type { Scene } from '../scene.ts';
import { statusView } from '../status-view.ts';
import { createLogStream, eventStream } from '../streams.ts';
import type { Handlers } from './contract.ts';

/** What is there in one environment, what happened, and what would: nothing is changed. */
export function lookingHandlers(scene: Scene) {
  const { options, digests, read, explain } = scene;
  const { engine, clock, system, folder, recovery } = options;
  const logStream = createLogStream();
  return {
    'GET /v1/environments/{environment}/status': async ({ environment }) => {
      const warnings = recovery?.warnings(environment) ?? [];
      return ok(await statusView(await read(environment), system, clock.now(), explain, warnings));
    },
    'GET /v1/environments/{environment}/history': async ({ environment }) =>
      ok(await historyView(await read(environment), digests, clock.now(), explain)),
    'GET /v1/environments/{environment}/explain': async ({ environment, query }) =>
      explainView(await read(environment), digests, query.release ?? null, explain),
    'GET /v1/environments/{environment}/plan': async ({ environment, query }) => {
      const declared = await scene.declared(folder, environment, query.strategy ?? null);
      if (!declared.ok) return declared;
      const may = await scene.mayChange(environment); // snapshots are made by who may act on the target
      if (!may.ok) return may;
      return planView(await read(environment), clock, declared.value, folder);
    },
    'GET /v1/environments/{environment}/events': ({ environment, context }) =>
      eventStream(context, { ...options, digests }, environment, explain),
    'GET /v1/environments/{environment}/logs': async ({ environment, context }) =>
      logStream(context, await engine.runner(environment), clock),
  } satisfies Partial<Handlers>;
}
