import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { openApiDocument } from '#api';
import { failureOf } from '#engine';
import { err, fail, ok } from '#kernel';
import { askerOf, refusalOf } from './access/index.ts';
import { register } from './door.ts';
import { changingHandlers } from './handlers/changing.ts';
import type { Handlers } from './handlers/contract.ts';
import { controlHandlers } from './handlers/control.ts';
import { lookingHandlers } from './handlers/looking.ts';
import { overviewHandlers } from './handlers/overview.ts';
import { recoveryHandlers } from './handlers/recovery.ts';
import { trafficHandlers } from './handlers/traffic.ts';
import type { ServerOptions } from './options.ts';
import { packed } from './packed.ts';
import { refuse } from './refuse.ts';
import { securityHeaders } from './security-headers.ts';
import { createScene, type Scene } from './scene.ts';
import { pages } from './static.ts';
import { createTraffic, type Traffic } from './traffic/index.ts';
import { createViews, type Views } from './views/index.ts';

export interface Server {
  /** Answers requests. */
  readonly app: Hono;
  /** Ends streams and what goes on in the background. */
  end(): Promise<void>;
}

/** The HTTP API of the control plane: every route that `routes` of #api lists, the document that describes them, and the pages. */
export function createServer(options: ServerOptions): Server {
  const { access } = options;
  const traffic = createTraffic(options);
  const views = createViews(options);
  const app = new Hono();
  app.use(securityHeaders(access.origin));
  app.use(packed());
  app.use(access.identify);
  app.use(bodyLimit({ maxSize: largestBody, onError: (context) => refuse(context, tooLarge) }));
  app.onError((reason, context) =>
    refuse(context, failureOf(reason) ?? fail('engine_broken', { reason: reason.message }).error),
  );
  app.notFound((context) => refuse(context, fail('no_such_page', { path: context.req.path }).error));
  access.routes(app);
  const scene = createScene(options);
  register(app, handlersOf(scene, traffic, views), {
    permit: (needs) => access.permit(needs),
    askerOf,
    known: scene.known,
  });
  app.get('/openapi.json', access.permit('view'), (context) => context.json(openApiDocument()));
  app.use(pages(options.dashboard));
  return {
    app,
    async end() {
      await Promise.all([traffic.end(), views.end()]);
    },
  };
}

const largestBody = 1_048_576;
const tooLarge = fail('request_too_large', { limit: largestBody }).error;

/** What answers each route but those of access. */
function handlersOf(scene: Scene, traffic: Traffic, views: Views): Handlers {
  const { system, recovery } = scene.options;
  return {
    ...controlHandlers(scene),
    ...overviewHandlers(scene, views),
    ...lookingHandlers(scene),
    ...trafficHandlers(traffic),
    ...changingHandlers(scene, views),
    ...recoveryHandlers({
      system,
      desk: recovery,
      mayChange: scene.mayChange,
      may(context, needs) {
        const refusal = refusalOf(context, needs);
        return refusal === null ? ok(null) : err(refusal);
      },
    }),
  };
}
