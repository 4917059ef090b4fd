import { createClient, type Host, httpProtocols, type Parts, secret, type Service, url } from 'fairway-kit';
import { body, honoHandler, onUnforeseen, problem } from 'fairway-kit/hono';
import { createDatabase } from 'fairway-kit/postgres';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { forCallers, type WithCaller } from '../common/caller.ts';
import { flagSettings, systemFlags } from '../common/flags.ts';
import { askQuote, type Quote, symbolSchema } from '../common/quote.ts';
import { callerSettings, databaseSettings, standInSettings } from '../common/settings.ts';
import { ask, modelFor, type Proposal } from './ask.ts';

const settings = {
  ...databaseSettings,
  ...callerSettings,
  ...standInSettings,
  ...flagSettings,
  marketDataUrl: url('MARKET_DATA_URL', httpProtocols),
  openaiUrl: url('OPENAI_URL', httpProtocols, 'https://api.openai.com'),
  openaiKey: secret('OPENAI_API_KEY'),
};

export const agent: Service<typeof settings> = { name: 'agent', settings, start };

const question = z.strictObject({
  symbol: symbolSchema,
  question: z.string().trim().min(1).max(1_000),
});
const columns = 'id, symbol, question, model, side, quantity, reason, created_at AS "createdAt"';

function start(host: Host<typeof settings>): Promise<Parts> {
  const { log, metrics, clock } = host;
  const flags = systemFlags(host);
  const { databaseUrl, poolSize, jwtSecret, marketDataUrl, standIn, openaiUrl, openaiKey } = host.settings;
  const world = { log, metrics, clock };
  const database = createDatabase({ url: databaseUrl, poolSize }, { log, metrics, name: 'agent' });
  const marketData = createClient({ name: 'market-data', base: marketDataUrl, timeout: 1_000 }, world);
  const openai = createClient(
    {
      name: 'openai',
      base: standIn === null ? openaiUrl : `${standIn}/openai`,
      timeout: 10_000,
      outside: true,
    },
    world,
  );
  const proposed = metrics.counter('proposals_total', 'What the agent proposed.', ['model', 'side']);

  const app = new Hono<WithCaller>();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  app.use(forCallers(jwtSecret, clock));

  app.post('/proposals', async (c) => {
    const { userId } = c.var.caller;
    if (!(await flags.boolean('agent_enabled', true, userId)))
      return problem(c, 503, 'agent_off', 'The agent is switched off.');
    const read = await body(c, question, { largest: 10_000 });
    if (!read.ok) return read.response;
    const model = modelFor(await flags.string('ai_model', 'small', userId));
    let quote: Quote | null;
    let proposal: Proposal | null = null;
    try {
      quote = await askQuote(marketData, read.value.symbol);
      if (quote !== null)
        proposal = await ask(openai, { model, key: openaiKey, quote, question: read.value.question });
    } catch (reason) {
      log.warning('the agent could not answer', { reason });
      return away(c, 503, 'agent_away', 'The agent does not answer now. Try again.');
    }
    if (quote === null) return problem(c, 404, 'unknown_symbol', 'There is no price of this symbol.');
    if (proposal === null) return away(c, 502, 'agent_unclear', 'The agent gave no clear answer. Try again.');
    const { side, quantity, reason } = proposal;
    const [row] = await database.query(
      `INSERT INTO proposals (user_id, symbol, question, model, side, quantity, reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${columns}`,
      [userId, read.value.symbol, read.value.question, model, side, quantity, reason],
    );
    proposed({ model, side });
    return c.json({ proposal: { ...row, priceCents: quote.priceCents } }, 201);
  });

  const proposalsOf = (userId: string, most: number) =>
    database.query(`SELECT ${columns} FROM proposals WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2`, [
      userId,
      most,
    ]);
  app.get('/proposals', async (c) => c.json({ proposals: await proposalsOf(c.var.caller.userId, 20) }));
  app.get('/me/export', async (c) =>
    c.json({ proposals: await proposalsOf(c.var.caller.userId, 1_000_000) }),
  );
  app.delete('/me', async (c) => {
    await database.query('DELETE FROM proposals WHERE user_id = $1', [c.var.caller.userId]);
    return c.json({ deleted: true });
  });

  return Promise.resolve({
    handler: honoHandler(app),
    ready: { database: database.ready, schema: () => database.query('SELECT 1 FROM proposals LIMIT 1') },
    close: () => database.close(),
  });
}

function away(c: Context, status: 502 | 503, code: string, detail: string): Response {
  c.header('retry-after', '1');
  return problem(c, status, code, detail);
}
