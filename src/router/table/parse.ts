import { z } from 'zod';
import { edgeSchema } from '#edge';
import { fail, ok, type Result } from '#kernel';
import type { RouterRoute, RouterTable } from '../contract.ts';

const port = z.int().min(1).max(65_535);
const name = z
  .string()
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'is visible ASCII without spaces'); // it goes into headers
const count = z.int().min(0);

const arm = z.strictObject({
  revision: name,
  role: z.enum(['stable', 'canary']),
  weight: z.number().min(0).max(100),
  endpoints: z.array(z.strictObject({ replica: name, port })).max(1_000),
});

const route = z.strictObject({
  service: name,
  port,
  preview: port.nullable().default(null), // tables of before there were previews are on disk
  affinity: z
    .strictObject({
      cookie: z
        .string()
        .max(100)
        .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'is a name that cookies may have'),
      lifetimeMillis: z.number().min(1),
    })
    .nullable(),
  arms: z.array(arm).min(1).max(2),
});

const table = z.strictObject({
  version: count,
  generation: count,
  routes: z.array(route).max(1_000),
  edge: edgeSchema.nullish(),
});

/** Reads a table from outside. Failure: `table_invalid` (facts: reason). */
export function parseTable(value: unknown): Result<RouterTable> {
  const parsed = table.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined ? '' : issue.path.join('.');
    return fail('table_invalid', {
      reason: `${place === '' ? 'the table' : place}: ${issue?.message ?? ''}`,
    });
  }
  const reason = contradictionIn(parsed.data);
  return reason === null ? ok(parsed.data) : fail('table_invalid', { reason });
}

/** What each part alone does not show. */
function contradictionIn({ routes }: RouterTable): string | null {
  for (const { service, arms } of routes) {
    const sum = arms.reduce((total, { weight }) => total + weight, 0);
    // R2. Weights may be fractions, whose sum is rarely exact.
    if (Math.abs(sum - 100) > 1e-6) return `the weights of ${service} sum to ${sum} and not to 100`;
    const roles = repeatedIn(arms.map(({ role }) => role));
    if (roles !== null) return `${service} has two ${roles} arms`;
    const revisions = repeatedIn(arms.map(({ revision }) => revision));
    if (revisions !== null) return `${service} has two arms of the revision ${revisions}`;
  }
  const service = repeatedIn(routes.map((each) => each.service));
  if (service !== null) return `there are two routes of the service ${service}`;
  const ports = routes.flatMap(portsOf);
  const listened = repeatedIn(ports);
  if (listened !== null) return `two routes listen on port ${listened}`;
  const endpoints = routes.flatMap(({ arms }) => arms.flatMap((each) => each.endpoints));
  const replica = repeatedIn(endpoints.map((each) => each.replica));
  if (replica !== null) return `the replica ${replica} stands in two places`;
  const answered = repeatedIn(endpoints.map((each) => each.port));
  if (answered !== null) return `two replicas answer on port ${answered}`;
  const loop = endpoints.find((each) => ports.includes(each.port));
  return loop === undefined
    ? null
    : `the replica ${loop.replica} answers on port ${loop.port}, which is routed`;
}

/** What a route is listened for on. */
export const portsOf = ({ port, preview }: Pick<RouterRoute, 'port' | 'preview'>): readonly number[] =>
  preview === null ? [port] : [port, preview];

function repeatedIn<T>(values: readonly T[]): T | null {
  const seen = new Set<T>();
  for (const value of values) {
    if (seen.has(value)) return value;
    seen.add(value);
  }
  return null;
}
