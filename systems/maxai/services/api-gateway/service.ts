import {
  type Client,
  count,
  createClient,
  createRateLimit,
  currentRequest,
  type Host,
  httpProtocols,
  identify,
  isFromOwnPage,
  redisProtocols,
  secret,
  url,
} from 'fairway-kit';
import { honoHandler, limited, onUnforeseen, problem } from 'fairway-kit/hono';
import { createRedis } from 'fairway-kit/redis';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { insideSettings, insideTokens } from '../common/caller.ts';
import { type Caller, createTokens } from '../common/tokens.ts';
import { handOn } from './hand-on.ts';
import { type Route, routeOf, type Upstream, upstreams } from './routes.ts';
import { createGatekeeper } from './sessions.ts';

const minute = 60_000;
const settings = {
  ...insideSettings,
  jwtKey: secret('JWT_KEY'),
  cacheUrl: url('CACHE_URL', redisProtocols),
  iam: url('IAM_URL', httpProtocols),
  'prompt-svc': url('PROMPT_SVC_URL', httpProtocols),
  orchestrator: url('ORCHESTRATOR_URL', httpProtocols),
  'billing-usage': url('BILLING_USAGE_URL', httpProtocols),
  payments: url('PAYMENTS_URL', httpProtocols),
  /** 0: no limit, for load tests. */
  perMinute: count('RATE_LIMIT_PER_MINUTE', { least: 0, most: 1_000_000, fallback: 600 }),
  loginsPerMinute: count('LOGIN_LIMIT_PER_MINUTE', { least: 0, most: 1_000_000, fallback: 20 }),
} as const;

export interface Web {
  Variables: { route: Route; caller: Caller | null };
}

/** The door of the API: who calls, how often, and which service answers. It knows nothing of what is asked. */
export const apiGateway = { name: 'api-gateway', settings, start, logFormat: 'request' } as const;

function start(host: Host<typeof settings>) {
  const { settings: given, clock, log, metrics } = host;
  const world = { log, metrics, clock };
  const cache = createRedis({ url: given.cacheUrl, use: 'cache' }, { log, name: 'cache' });
  const { redis } = cache;
  const inside = insideTokens(given.insideKey, clock);
  const clients = Object.fromEntries(
    // One quick second attempt: who waits here is a person.
    upstreams.map((name) => [
      name,
      createClient({ name, base: given[name], timeout: 35_000, retries: { most: 1, waits: [0] } }, world),
    ]),
  ) as Record<Upstream, Client>;
  const tokens = createTokens({ key: given.jwtKey, audience: 'session', lifetime: minute, clock });
  const gatekeeper = createGatekeeper({ redis, tokens, inside, iam: clients.iam, clock, metrics });
  const limitOf = (prefix: string, limit: number) =>
    createRateLimit({ limit, per: minute, prefix: `limit:${prefix}`, redis }, { clock, log });
  const perTenant = limited(
    limitOf('tenant', given.perMinute),
    (c: Context<Web>) => c.var.caller?.tenantId ?? '',
  );
  const perAddress = limited(limitOf('login', given.loginsPerMinute), () => currentRequest()?.address ?? '');
  const called = metrics.counter('api_calls_total', 'Calls of the API by endpoint.', ['endpoint', 'method']);

  const app = new Hono<Web>();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  const [open, known] = [openTo(perAddress), knownTo(gatekeeper, perTenant)];
  const routed: MiddlewareHandler<Web> = (c, next) => {
    const route = routeOf(c.req.path);
    if (route === null) return Promise.resolve(c.notFound());
    c.set('route', route);
    called({ endpoint: route.prefix, method: c.req.method });
    return route.session === 'none' ? open(c, next) : known(c, next);
  };
  app.use('/api/*', routed);
  app.all('/api/*', (c) => handOn(c, { client: clients[c.var.route.upstream], inside }));

  return Promise.resolve({
    handler: honoHandler(app),
    ready: { cache: () => cache.ready(), iam: (signal: AbortSignal) => isThere(given.iam, signal) },
    close: () => cache.close(),
  });
}

/** Logging in is limited by address; what else is public may be asked as often as one likes: caches answer it. */
function openTo(perAddress: MiddlewareHandler<Web>): MiddlewareHandler<Web> {
  return (c, next) => {
    c.set('caller', null);
    return c.var.route.prefix.startsWith('/api/auth') ? perAddress(c, next) : next();
  };
}

function knownTo(
  gatekeeper: ReturnType<typeof createGatekeeper>,
  perTenant: MiddlewareHandler<Web>,
): MiddlewareHandler<Web> {
  return async (c, next) => {
    const bearer = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    const token = bearer ?? getCookie(c, 'maxai_session');
    const caller = token === undefined ? null : await gatekeeper.callerOf(token);
    if (caller === null)
      return problem(c, 401, 'log_in', 'Log in first: this session is not known, or has ended.');
    const isWriting = !['GET', 'HEAD'].includes(c.req.method);
    if (bearer === undefined && isWriting && !isFromOwnPage(c.req.header()))
      return problem(c, 403, 'another_site', 'Another site may not write in your name.');
    const { tenantId, clientId, userId } = caller;
    identify({ tenantId, userId, ...(clientId === null ? {} : { clientId }) });
    c.set('caller', caller);
    return perTenant(c, next);
  };
}

async function isThere(service: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(new URL('/health', service), { signal });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}
