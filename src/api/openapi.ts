import { z } from 'zod';
import { canonicalJson, invariant, type Json } from '#kernel';
import { name as environmentName } from './fields.ts';
import { type Route, type RouteKey, routes } from './routes.ts';
import { type Permission, permitted } from './schemas/access.ts';
import { problemSchema } from './schemas/problem.ts';

type JsonObject = { readonly [key: string]: Json };

/** The OpenAPI 3.1 document of all routes; its schemas are those that requests are parsed with. */
export function openApiDocument(): JsonObject {
  const named = new Map<string, JsonObject>();
  const describe = describer(named);
  const problem = describe(problemSchema, 'output');
  const operations = Object.entries<Route>(routes).map(([key, route]) =>
    operationOf(key as RouteKey, route, describe, problem),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Fairway',
      version: '1',
      description:
        'Everything the command line and the dashboard do. Times are milliseconds since 1970 (UTC). Failures are problem details (RFC 9457).',
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    paths: pathsOf(operations),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token, or the key of the control file.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'fairway_session',
          description:
            'Set by POST /v1/access/session. On a machine of its own the port stands behind its name: fairway_session_7070.',
        },
      },
      schemas: Object.fromEntries([...named].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operation: JsonObject;
}

type Describe = (schema: z.ZodType, io: 'input' | 'output') => JsonObject;

function operationOf(key: RouteKey, route: Route, describe: Describe, problem: JsonObject): Operation {
  const [method = '', path = ''] = key.split(' ');
  return {
    path,
    method: method.toLowerCase(),
    operation: {
      operationId: operationId(method, path),
      summary: route.summary,
      description: mayText(route.needs),
      ...(route.needs === null ? { security: [{}] } : {}),
      'x-needs': route.needs,
      ...parametersOf(path, route, describe),
      ...bodyOf(route, describe),
      responses: {
        [String(route.status ?? 200)]: answerOf(route, describe),
        '4XX': refusal('What is asked is not possible, not allowed or not understood', problem),
        '5XX': refusal('It failed here', problem),
      },
    },
  };
}

/** `GET /v1/environments/{environment}/recovery/operations/{id}` → `getEnvironmentsRecoveryOperationsById`. */
function operationId(method: string, path: string): string {
  const words = path
    .replace('/v1/environments/{environment}', '/v1/environment')
    .split('/')
    .filter((word) => word !== '' && word !== 'v1')
    .map((word) => (word.startsWith('{') ? `by-${word.slice(1, -1)}` : word));
  return [method.toLowerCase(), ...words]
    .join('-')
    .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function mayText(needs: Permission | null): string {
  if (needs === null) return 'Anybody may, also who is not logged in.';
  const who = Object.entries(permitted).flatMap(([role, may]) => (may.includes(needs) ? [role] : []));
  return `Needs the permission "${needs}": ${who.join(', ')}.`;
}

function parametersOf(path: string, { query, stream }: Route, describe: Describe): JsonObject {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: name === 'environment' ? describe(environmentName, 'input') : { type: 'string' },
  }));
  const schema = query === undefined ? {} : describe(query, 'input');
  const required = (schema['required'] ?? []) as readonly string[];
  const inQuery = Object.entries((schema['properties'] ?? {}) as JsonObject).map(([name, of]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: of,
  }));
  const resumes = stream === 'events' && inQuery.some(({ name }) => name === 'after');
  const parameters = [...inPath, ...inQuery, ...(resumes ? [lastEventId] : [])];
  return parameters.length === 0 ? {} : { parameters };
}

const lastEventId = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'Goes on after this event; outranks "after". Browsers send it by themselves.',
  schema: { type: 'string' },
};

function bodyOf({ body }: Route, describe: Describe): JsonObject {
  if (body === undefined) return {};
  return {
    requestBody: { required: true, content: { 'application/json': { schema: describe(body, 'input') } } },
  };
}

function answerOf({ answer, stream, summary }: Route, describe: Describe): JsonObject {
  const type = { events: 'text/event-stream', lines: 'application/x-ndjson', none: 'application/json' };
  const each = { events: 'Each event', lines: 'Each line', none: '' }[stream ?? 'none'];
  return {
    description: stream === undefined ? summary : `${summary}. ${each} is one document of this schema.`,
    content: { [type[stream ?? 'none']]: { schema: describe(answer, 'output') } },
  };
}

const refusal = (description: string, problem: JsonObject): JsonObject => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
});

function pathsOf(operations: readonly Operation[]): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const { path, method, operation } of operations) (paths[path] ??= {})[method] = operation;
  return paths;
}

/** JSON Schema of a schema; what has a name there stands once among the components and is referred to. */
function describer(named: Map<string, JsonObject>): Describe {
  return (schema, io) => {
    const {
      $schema: _,
      $defs = {},
      ...described
    } = z.toJSONSchema(schema, {
      io,
      target: 'draft-2020-12',
      reused: 'inline',
      unrepresentable: 'throw',
    });
    for (const [name, of] of Object.entries($defs)) {
      const component = referring(of as JsonObject);
      const known = named.get(name) ?? component;
      invariant(canonicalJson(known) === canonicalJson(component), `one schema is named ${name}`);
      named.set(name, component);
    }
    return referring(described as JsonObject);
  };
}

/** The same with references into the components. */
function referring<T extends Json>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/')) as T;
}
