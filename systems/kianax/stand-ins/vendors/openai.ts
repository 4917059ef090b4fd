import { body } from 'fairway-kit/hono';
import { Hono } from 'hono';
import { z } from 'zod';

const request = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
});

/** Answers as a model would that was asked for JSON; what it says follows from the question alone. */
export function openai(key: string): Hono {
  const app = new Hono();
  app.post('/v1/chat/completions', async (c) => {
    if (c.req.header('authorization') !== `Bearer ${key}`)
      return c.json({ error: { message: 'Incorrect API key provided.', code: 'invalid_api_key' } }, 401);
    const read = await body(c, request);
    if (!read.ok) return read.response;
    const { model, messages } = read.value;
    const content = JSON.stringify(proposalFor(messages.at(-1)?.content ?? '', model));
    return c.json({
      id: 'chatcmpl-stand-in',
      object: 'chat.completion',
      model,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
      usage: { prompt_tokens: 40, completion_tokens: 30, total_tokens: 70 },
    });
  });
  return app;
}

/** Buys a little when asked to buy, sells when asked to sell, and waits otherwise; the larger model has more to say. */
function proposalFor(question: string, model: string) {
  const words = question.toLowerCase();
  const side = /\b(sell|exit|reduce)\b/.test(words) ? 'sell' : /\b(wait|hold)\b/.test(words) ? 'hold' : 'buy';
  const sentence = {
    buy: 'The price is close to where it opened, so a small position risks little.',
    sell: 'You asked to get out; selling in one piece keeps the cost low.',
    hold: 'Nothing in the price asks for an order now.',
  }[side];
  const more = model.endsWith('mini') ? '' : ' Set a limit near the last price if you want to be sure of it.';
  return { side, quantity: side === 'hold' ? 0 : 2, reason: sentence + more };
}
