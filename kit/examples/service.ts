import { runService, text } from 'fairway-kit';
import { body, honoHandler, onUnforeseen } from 'fairway-kit/hono';
import { Hono } from 'hono';
import { z } from 'zod';

await runService({
  name: 'greeter',
  settings: { greeting: text('GREETING', 'Hello') },
  async start({ settings, log }) {
    const app = new Hono().onError(onUnforeseen(log));
    app.get('/greetings/:name', (c) => c.json({ says: `${settings.greeting}, ${c.req.param('name')}!` }));
    app.post('/greetings', async (c) => {
      const read = await body(c, z.object({ name: z.string().max(80) }));
      if (!read.ok) return read.response;
      log.info('greeted', { name: read.value.name });
      return c.json({ says: `${settings.greeting}, ${read.value.name}!` }, 201);
    });
    return { handler: honoHandler(app) };
  },
});
