import type { Metrics } from 'fairway-kit';
import { body, problem } from 'fairway-kit/hono';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import type { Inside } from '../common/caller.ts';
import type { RunBook } from './book.ts';
import type { Vendors } from './vendors.ts';

const number = z.string().regex(/^\+[1-9]\d{6,14}$/, 'write a telephone number as +14155550100');
const run = z.object({ promptId: z.uuid(), input: z.string().trim().min(1).max(20_000) });
const call = z.object({ promptId: z.uuid(), to: number });
const message = z.object({ to: number, text: z.string().trim().min(1).max(1_600) });

/** What vendors do for a tenant: each once per Idempotency-Key, and each counted. */
export function runRoutes(parts: {
  readonly book: RunBook;
  readonly once: MiddlewareHandler;
  readonly vendors: Vendors;
  readonly model: string;
  readonly metrics: Metrics;
  readonly mayAskModels: (c: Context<Inside>) => Promise<boolean>;
  readonly promptOf: (c: Context<Inside>, id: string) => Promise<{ title: string; body: string } | null>;
}): Hono<Inside> {
  const { book, once, vendors, model, metrics, mayAskModels, promptOf } = parts;
  const tokensUsed = metrics.counter('llm_tokens_total', 'Tokens that language models counted.', ['model']);
  const app = new Hono<Inside>();
  const noPrompt = (c: Context) => problem(c, 404, 'prompt_unknown', 'There is no such prompt.');

  app.get('/runs', async (c) => c.json({ runs: await book.list(c.var.caller) }));

  app.post('/runs', once, async (c) => {
    const read = await body(c, run);
    if (!read.ok) return read.response;
    if (!(await mayAskModels(c)))
      return problem(c, 409, 'models_off', 'Language models are switched off for this tenant.');
    const prompt = await promptOf(c, read.value.promptId);
    if (prompt === null) return noPrompt(c);
    const { text, tokens, reference } = await vendors.complete({
      model,
      prompt: prompt.body,
      input: read.value.input,
    });
    tokensUsed({ model }, tokens);
    const done = { kind: 'prompt', subject: prompt.title, output: text, reference, tokens } as const;
    return c.json(await book.add(c.var.caller, done), 201);
  });

  app.post('/calls', once, async (c) => {
    const read = await body(c, call);
    if (!read.ok) return read.response;
    const prompt = await promptOf(c, read.value.promptId);
    if (prompt === null) return noPrompt(c);
    const { to } = read.value;
    const reference = await vendors.call({ to, prompt: prompt.body });
    return c.json(
      await book.add(c.var.caller, { kind: 'call', subject: to, output: null, reference, tokens: 0 }),
      201,
    );
  });

  app.post('/messages', once, async (c) => {
    const read = await body(c, message);
    if (!read.ok) return read.response;
    const { to, text } = read.value;
    const reference = await vendors.message({ to, text });
    return c.json(
      await book.add(c.var.caller, { kind: 'message', subject: to, output: text, reference, tokens: 0 }),
      201,
    );
  });

  return app;
}
