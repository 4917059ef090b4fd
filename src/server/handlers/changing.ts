import type { IntentRequest } from '#engine';
import { approvalRefusalOf, refusalOf } from '../access/index.ts';
import { explained, mayIntend } from '../intents.ts';
import { applyOverrides } from '../overrides.ts';
import { probeView } from '../probe.ts';
import type { Scene } from '../scene.ts';
import type { Views } from '../views/index.ts';
import type { Ask, Handlers } from './contract.ts';

/** What changes an environment: what is asked is accepted, and its story is told by the events. */
export function changingHandlers(scene: Scene, views: Views) {
  const { engine, clock, folder } = scene.options;
  const intending = (intent: 'abort' | 'promote' | 'pause' | 'resume') => (ask: IntentAsk) =>
    intend(scene, ask.environment, { ...ask.body, intent, role: '' });
  return {
    'POST /v1/environments/{environment}/up': async ({ environment, body }) => {
      const declared = await scene.declared(folder, environment, null);
      if (!declared.ok) return declared;
      return engine.up({
        ...body,
        environment: declared.value,
        sourceFolder: folder,
        source: folder,
        services: null,
      });
    },
    'POST /v1/environments/{environment}/releases': async ({ environment, body, context }) => {
      // Another folder brings a definition of its own, which may ask for no approval.
      const forbidden = body.from === null ? null : refusalOf(context, 'administer');
      if (forbidden !== null) return { ok: false, error: forbidden };
      const { by, note, services } = body;
      const sourceFolder = body.from ?? folder;
      const declared = await scene.declared(sourceFolder, environment, body.strategy);
      if (!declared.ok) return declared;
      const changed = applyOverrides(declared.value, body);
      if (!changed.ok) return changed;
      const ask = { by, note, services, sourceFolder, source: sourceFolder };
      return engine.release({ ...ask, environment: changed.value });
    },
    'POST /v1/environments/{environment}/promotions': async ({ environment, body }) => {
      const source = await scene.known(body.from);
      if (!source.ok) return source;
      const declared = await scene.declared(folder, environment, null);
      return declared.ok ? engine.promote({ ...body, environment: declared.value }) : declared;
    },
    'POST /v1/environments/{environment}/rollback': ({ environment, body: { to, ...asker } }) =>
      engine.rollback(environment, to, asker),
    'POST /v1/environments/{environment}/down': async ({ environment, body }) => {
      const may = await scene.mayChange(environment);
      return may.ok ? engine.down(environment, body) : may;
    },
    'POST /v1/environments/{environment}/probe': async ({ environment }) => {
      const declared = await scene.declared(folder, environment, null);
      if (!declared.ok) return declared;
      const may = await scene.mayChange(environment);
      if (!may.ok) return may;
      const results = await probeView(await engine.runner(environment), clock, declared.value);
      if (results.ok) views.rememberProbe(environment, results.value, clock.now());
      return results;
    },
    'POST /v1/environments/{environment}/approve': async ({ environment, body, context }) => {
      const forbidden = approvalRefusalOf(context, body.role);
      if (forbidden !== null) return { ok: false, error: forbidden };
      return intend(scene, environment, { ...body, intent: 'approve' });
    },
    'POST /v1/environments/{environment}/abort': intending('abort'),
    'POST /v1/environments/{environment}/promote': intending('promote'),
    'POST /v1/environments/{environment}/pause': intending('pause'),
    'POST /v1/environments/{environment}/resume': intending('resume'),
  } satisfies Partial<Handlers>;
}

type IntentAsk = Pick<Ask<'POST /v1/environments/{environment}/abort'>, 'environment' | 'body'>;

async function intend(scene: Scene, environment: string, ask: IntentRequest) {
  const ours = await scene.mayChange(environment);
  if (!ours.ok) return ours;
  const { active } = await scene.read(environment);
  const may = mayIntend(active, ask);
  if (!may.ok) return may;
  const done = await scene.options.engine.intend(environment, ask);
  return done.ok ? done : { ok: false as const, error: explained(done.error, active, ask.intent) };
}
