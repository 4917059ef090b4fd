import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { approveRequest, downRequest, intentRequest, releaseRequest, rollbackRequest, upRequest } from '#api';
import type { Environment, Strategy } from '#core/system';
import { failureOf, type Accepted, type Engine, type IntentRequest } from '#engine';
import { type Clock, describeFailure, type Failure, fail, ok, type Result } from '#kernel';
import { access, type Keys } from './access.ts';
import { createDigests } from './digest.ts';
import { explained, mayIntend } from './intents.ts';
import { type InCharge, isOurs, readEnvironment } from './reading.ts';
import { eventStream, logStream } from './streams.ts';
import { explainView, historyView } from './history-view.ts';
import { page } from './page.ts';
import { planView } from './plan-view.ts';
import { probeView } from './probe.ts';
import { addRecovery, type RecoveryDesk } from './recovery.ts';
import { refuse } from './refuse.ts';
import { applyOverrides } from './overrides.ts';
import { statusView } from './status-view.ts';
import { withBody } from './with-body.ts';

/** A definition that could not be used: its findings, one line each. */
export interface Unusable {
  readonly findings: readonly string[];
}

export interface ServerOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly system: string;
  readonly folder: string;
  readonly keys: Keys;
  /** Names of the declared environments, as the definition stands now. */
  readonly environments: () => Promise<readonly string[]>;
  /** Reads the definition in a folder and resolves one environment of it, with one strategy for all where it is given. */
  readonly load: (
    folder: string,
    environment: string,
    strategy: Strategy['kind'] | null,
  ) => Promise<Result<Environment, Unusable>>;
  /** Who may change an environment; left out: this process is the only one. */
  readonly inCharge?: InCharge;
  /** Copies, restores and drills; left out: there are none. */
  readonly recovery?: RecoveryDesk;
  /** Makes new keys; those before are good for nothing from then on. Left out: they stay. */
  readonly changeKeys?: () => void;
  /** Ends the control plane and leaves everything else running. */
  readonly shutdown: () => void;
}

/** The HTTP API of the control plane: JSON, problem details, server-sent events. */
export function createApp(options: ServerOptions): Hono {
  const { engine, clock, system, folder, keys, load, environments, shutdown } = options;
  const app = new Hono();
  const digests = createDigests();
  const read = (context: Context) => readEnvironment(options, nameOf(context));
  /** Changes are for who is in charge: the refusal says who it is. */
  const notOurs = async (context: Context): Promise<Failure | null> => {
    if (isOurs(options.inCharge, nameOf(context), clock)) return null;
    const runner = await engine.runner(nameOf(context));
    const held = await runner.serial(async () => ok(null));
    return held.ok ? null : held.error;
  };
  app.use(access(keys));
  app.use(bodyLimit({ maxSize: 1_048_576 }));
  app.onError((reason, context) =>
    refuse(context, failureOf(reason) ?? fail('engine_broken', { reason: reason.message }).error),
  );
  app.notFound((context) => refuse(context, fail('no_such_page', { path: context.req.path }).error));

  app.get('/', (context) =>
    context.html(page(system), 200, {
      'content-security-policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'",
    }),
  );
  app.get('/page.js', async (context) =>
    context.body((await import('./page-script.ts')).pageScript, 200, { 'content-type': 'text/javascript' }),
  );
  app.get('/v1/control', async (context) =>
    context.json({ system, folder, environments: await environments(), leads: await led() }),
  );
  const led = async () => (await environments()).filter((name) => isOurs(options.inCharge, name, clock));
  app.post('/v1/control/shutdown', (context) => {
    shutdown();
    return context.json({ ending: true });
  });

  app.post('/v1/control/keys', (context) => {
    options.changeKeys?.();
    return context.json({ changed: options.changeKeys !== undefined });
  });
  if (options.recovery !== undefined) addRecovery(app, { system, desk: options.recovery, nameOf, notOurs });

  app.get('/v1/environments/:environment/status', async (context) => {
    const warnings = options.recovery?.warnings(nameOf(context)) ?? [];
    return context.json(await statusView(await read(context), system, clock.now(), explain, warnings));
  });
  app.get('/v1/environments/:environment/history', async (context) =>
    context.json(await historyView(await read(context), digests, clock.now(), explain)),
  );
  app.get('/v1/environments/:environment/explain', async (context) => {
    const asked = context.req.query('release');
    const number = asked === undefined ? null : Number.parseInt(asked, 10);
    if (Number.isNaN(number))
      return refuse(
        context,
        fail('release_unknown', { release: asked ?? '', environment: nameOf(context) }).error,
      );
    const view = await explainView(await read(context), digests, number, explain);
    return view.ok ? context.json(view.value) : refuse(context, view.error);
  });
  app.get('/v1/environments/:environment/plan', async (context) => {
    const strategy = strategies.find((kind) => kind === context.req.query('strategy')) ?? null;
    const environment = await load(folder, nameOf(context), strategy);
    if (!environment.ok) return unusable(context, environment.error);
    const other = await notOurs(context); // snapshots are made by who may act on the target
    if (other !== null) return refuse(context, other);
    const view = await planView(await read(context), clock, environment.value, folder);
    return view.ok ? context.json(view.value) : refuse(context, view.error);
  });
  app.get('/v1/environments/:environment/events', (context) =>
    eventStream(context, { ...options, digests }, nameOf(context), explain),
  );
  app.get('/v1/environments/:environment/logs', async (context) =>
    logStream(context, await engine.runner(nameOf(context))),
  );
  app.post('/v1/environments/:environment/probe', async (context) => {
    const environment = await load(folder, nameOf(context), null);
    if (!environment.ok) return unusable(context, environment.error);
    const other = await notOurs(context);
    if (other !== null) return refuse(context, other);
    const views = await probeView(await engine.runner(nameOf(context)), clock, environment.value);
    return views.ok ? context.json(views.value) : refuse(context, views.error);
  });

  app.post('/v1/environments/:environment/up', (context) =>
    withBody(context, upRequest, async (body) => {
      const environment = await load(folder, nameOf(context), null);
      if (!environment.ok) return unusable(context, environment.error);
      const ask = {
        ...body,
        environment: environment.value,
        sourceFolder: folder,
        source: folder,
        services: null,
      };
      return accepted(context, await engine.up(ask));
    }),
  );
  app.post('/v1/environments/:environment/releases', (context) =>
    withBody(context, releaseRequest, async (body) => {
      const sourceFolder = body.from ?? folder;
      const environment = await load(sourceFolder, nameOf(context), body.strategy);
      if (!environment.ok) return unusable(context, environment.error);
      const changed = applyOverrides(environment.value, body);
      if (!changed.ok) return refuse(context, changed.error);
      const ask = {
        by: body.by,
        note: body.note,
        services: body.services,
        sourceFolder,
        source: sourceFolder,
      };
      return accepted(context, await engine.release({ ...ask, environment: changed.value }));
    }),
  );
  app.post('/v1/environments/:environment/down', (context) =>
    withBody(context, downRequest, async (body) => {
      const other = await notOurs(context);
      return other === null
        ? accepted(context, await engine.down(nameOf(context), body))
        : refuse(context, other);
    }),
  );
  app.post('/v1/environments/:environment/rollback', (context) =>
    withBody(context, rollbackRequest, async ({ to, ...asker }) =>
      accepted(context, await engine.rollback(nameOf(context), to, asker)),
    ),
  );
  const intend = async (context: Context, ask: IntentRequest): Promise<Response> => {
    const other = await notOurs(context);
    if (other !== null) return refuse(context, other);
    const { active } = await read(context);
    const may = mayIntend(active, ask);
    if (!may.ok) return refuse(context, may.error);
    const done = await engine.intend(nameOf(context), ask);
    return done.ok ? accepted(context, done) : refuse(context, explained(done.error, active, ask.intent));
  };
  app.post('/v1/environments/:environment/approve', (context) =>
    withBody(context, approveRequest, (body) => intend(context, { ...body, intent: 'approve' })),
  );
  for (const intent of ['abort', 'promote', 'pause', 'resume'] as const) {
    app.post(`/v1/environments/:environment/${intent}`, (context) =>
      withBody(context, intentRequest, (asker) => intend(context, { ...asker, intent, role: '' })),
    );
  }
  return app;
}

const strategies: readonly Strategy['kind'][] = ['rolling', 'canary', 'blue-green'];

/** A failure in one sentence of the catalogue. */
const explain = (failure: Failure) => describeFailure(failure).sentence;

/** Environment names come from definitions; a name that none could have finds nothing. */
function nameOf(context: Context): string {
  const name = context.req.param('environment') ?? '';
  return /^[a-z][a-z0-9-]{0,62}$/.test(name) ? name : 'unknown';
}

function accepted(context: Context, result: Result<Accepted>): Response {
  return result.ok ? context.json(ok(result.value).value, 202) : refuse(context, result.error);
}

function unusable(context: Context, { findings }: Unusable): Response {
  return refuse(context, fail('definition_unusable', { findings: findings.length }).error, findings);
}
