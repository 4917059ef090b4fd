import { type Client, type Clock, createClient, type Log, type Metrics } from 'fairway-kit';
import { body, problem } from 'fairway-kit/hono';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Inside } from '../common/caller.ts';
import type { RunBook } from './book.ts';

export const withoutEngine = 'n8n is not here: workflows are recorded, not run.';

const asked = z.object({
  workflow: z.string().regex(/^[a-z0-9-]{1,60}$/, 'write small letters, digits and hyphens'),
  input: z.record(z.string(), z.unknown()).default({}),
});

/** n8n, or null where it is not: it comes as an image, and not every target runs images. */
export function createEngine(
  url: string | null,
  world: { log: Log; metrics: Metrics; clock: Clock },
): Client | null {
  if (url === null) world.log.warning(withoutEngine);
  return url === null ? null : createClient({ name: 'n8n', base: url, timeout: 30_000 }, world);
}

/** Workflows of n8n. What cannot be run now is recorded and says so; the caller need not know which it is. */
export function workflowRoutes({ engine, book }: { engine: Client | null; book: RunBook }): Hono<Inside> {
  const app = new Hono<Inside>();
  const status =
    engine === null ? { here: false, sentence: withoutEngine } : { here: true, sentence: 'n8n is here.' };

  app.get('/engine', (c) => c.json(status));
  app.get('/', async (c) => c.json({ workflows: await book.workflows(c.var.caller), engine: status }));

  app.post('/', async (c) => {
    const read = await body(c, asked);
    if (!read.ok) return read.response;
    const { tenantId, clientId } = c.var.caller;
    const { workflow, input } = read.value;
    const recorded = await book.record(c.var.caller, workflow, input);
    if (engine === null) return c.json({ ...recorded, note: withoutEngine }, 202);
    try {
      const answer = await engine.call('POST', `/webhook/${workflow}`, {
        body: { run: recorded.id, tenant_id: tenantId, client_id: clientId, input },
      });
      const state = answer.status < 400 ? 'done' : 'failed';
      return c.json(await book.finish(tenantId, { id: recorded.id, state, result: answer.body }), 201);
    } catch {
      return problem(c, 503, 'n8n_away', 'n8n does not answer. The workflow is recorded and was not run.');
    }
  });

  return app;
}
