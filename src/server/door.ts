import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { type Permission, type Route, type RouteKey, routes } from '#api';
import { type Failure, fail, ok, type Result } from '#kernel';
import type { Ask, Handler, Refused } from './handlers/contract.ts';
import { refuse, shortened } from './refuse.ts';

/** Who asks, as the journal will name them. */
interface Asker {
  readonly by: string;
  readonly note: string;
}

export interface Door {
  /** Lets on only who may. */
  readonly permit: (needs: Permission | null) => MiddlewareHandler;
  /** Who really asks, whatever the body says. */
  readonly askerOf: (context: Context, said: Asker) => Asker;
  /** Whether there is such an environment; left out: no path names one. */
  readonly known?: (environment: string) => Promise<Result<null, Refused>>;
}

/** Registers each handler under its route: what comes in fits the schemas of the route, or is refused with what does not. */
export function register(app: Hono, handlers: { readonly [K in RouteKey]?: Handler<K> }, door: Door): void {
  for (const [key, handler] of Object.entries(handlers)) {
    const route: Route = routes[key as RouteKey];
    const { method, path } = placeOf(key);
    app.on(method, path, door.permit(route.needs), async (context) => {
      const ask = await parse(context, route, door);
      if (!ask.ok) return refuse(context, ask.error, ask.error.findings);
      // The table of handlers is typed key by key; here only its routes know which is which.
      return send(context, route, await (handler as (ask: AnyAsk) => Promise<Answer>)(ask.value));
    });
  }
}

/** `GET /v1/environments/{environment}/status` as the router has it: `/v1/environments/:environment/status`. */
function placeOf(key: string): { readonly method: string; readonly path: string } {
  const [method = 'GET', path = '/'] = key.split(' ');
  return { method, path: path.replace(/\{(\w+)\}/g, ':$1') };
}

type Answer = Response | Result<unknown, Refused>;
type AnyAsk = Pick<Ask<RouteKey>, 'environment' | 'id' | 'context'> & {
  readonly query: unknown;
  readonly body: unknown;
};

function send(context: Context, { status = 200 }: Route, answer: Answer): Response {
  if (answer instanceof Response) return answer;
  return answer.ok
    ? context.json(answer.value, status)
    : refuse(context, answer.error, answer.error.findings);
}

async function parse(context: Context, route: Route, door: Door): Promise<Result<AnyAsk, Refused>> {
  const environment = context.req.param('environment') ?? '';
  // Names come from definitions: one that none could have is never looked up.
  if (environment !== '' && !environmentName.test(environment))
    return fail('environment_unknown', { environment: shortened(environment) });
  const known = environment === '' ? undefined : await door.known?.(environment);
  if (known?.ok === false) return known;
  const query = fitting(context, 'query', route.query, context.req.query());
  if (!query.ok) return query;
  const said = route.body === undefined ? undefined : await context.req.json().catch(() => null);
  const body = fitting(context, 'body', route.body, said);
  if (!body.ok) return body;
  const id = context.req.param('id') ?? '';
  return ok({ environment, id, query: query.value, body: signed(context, door, body.value), context });
}

const environmentName = /^[a-z][a-z0-9-]{0,62}$/;

function fitting(
  context: Context,
  part: string,
  schema: z.ZodType | undefined,
  value: unknown,
): Result<unknown, Refused> {
  if (schema === undefined) return ok(undefined);
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const { error }: { readonly error: Failure } = fail('request_not_understood', { path: context.req.path });
  const findings = parsed.error.issues
    .slice(0, mostFindings)
    .map((issue) => `${shortened(issue.path.join('.')) || part}: ${shortened(issue.message)}`);
  return { ok: false, error: { ...error, findings } };
}

const mostFindings = 20;

/** Nobody writes another one's name into the journal. */
function signed(context: Context, door: Door, body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('by' in body)) return body;
  const note = 'note' in body && typeof body.note === 'string' ? body.note : '';
  const asker = door.askerOf(context, { by: String(body.by), note });
  return { ...body, by: asker.by, ...('note' in body ? { note: asker.note } : {}) };
}
