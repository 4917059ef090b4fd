import { createHash } from 'node:crypto';
import { body } from 'fairway-kit/hono';
import { Hono } from 'hono';
import { z } from 'zod';

type Value = string | number | boolean;

/** A rule for a gate: this share of the users gets `value`, everybody else `otherwise`. */
const rule = z.object({
  value: z.union([z.string(), z.number(), z.boolean()]),
  otherwise: z.union([z.string(), z.number(), z.boolean()]).optional(),
  share: z.number().min(0).max(1).default(1),
});
const evaluation = z.object({
  context: z.object({ targetingKey: z.string().optional() }).loose().optional(),
});

/** Gates as Statsig has them, asked by OFREP. PUT /gates/{name} switches one while all is running. */
export function flags(): Hono {
  const gates = new Map<string, z.infer<typeof rule>>();
  const exposures = new Map<string, number>();
  const app = new Hono();

  app.put('/gates/:name', async (c) => {
    const read = await body(c, rule);
    if (!read.ok) return read.response;
    gates.set(c.req.param('name'), read.value);
    return c.json(read.value);
  });
  app.delete('/gates/:name', (c) => {
    gates.delete(c.req.param('name'));
    return c.body(null, 204);
  });
  app.get('/gates', (c) =>
    c.json({ gates: Object.fromEntries(gates), exposures: Object.fromEntries(exposures) }),
  );

  app.post('/ofrep/v1/evaluate/flags/:key', async (c) => {
    const key = c.req.param('key');
    const gate = gates.get(key);
    // Without a rule the caller takes the default that is declared for the system.
    if (gate === undefined) return c.json({ key, errorCode: 'FLAG_NOT_FOUND' }, 404);
    const read = await body(c, evaluation);
    if (!read.ok) return read.response;
    const isIn = bucketOf(key, read.value.context?.targetingKey ?? '') < gate.share;
    const value: Value = isIn ? gate.value : (gate.otherwise ?? opposite(gate.value));
    const variant = `${key}=${String(value)}`;
    exposures.set(variant, (exposures.get(variant) ?? 0) + 1);
    return c.json({ key, value, variant: String(value), reason: gate.share < 1 ? 'SPLIT' : 'STATIC' });
  });
  return app;
}

/** From 0 to below 1, always the same for a user and a gate, and evenly spread. */
export function bucketOf(key: string, userId: string): number {
  return createHash('sha256').update(`${key}/${userId}`).digest().readUInt32BE(0) / 2 ** 32;
}

const opposite = (value: Value): Value => (typeof value === 'boolean' ? !value : value);
