import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { keptLog } from '../log.fixture.ts';
import { startTestService, type TestService } from '../testing/index.ts';
import { fastifyHandler, onUnforeseen, problem } from './index.ts';

const running: TestService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});

async function start(app: FastifyInstance): Promise<string> {
  const service = await startTestService({
    name: 'app',
    settings: {},
    start: async () => ({ handler: await fastifyHandler(app), close: () => app.close() }),
  });
  running.push(service);
  return service.url;
}

test('routes of plugins are told by their template, what nobody has by none', async () => {
  const app = fastify();
  app.register(
    (inner, _, done) => {
      inner.get('/:id', () => 'user');
      done();
    },
    { prefix: '/users' },
  );
  const url = await start(app);
  expect(await (await fetch(`${url}/users/7`)).text()).toBe('user');
  expect((await fetch(`${url}/none`)).status).toBe(404);
  const page = await (await fetch(`${url}/metrics`)).text();
  expect(page).toContain('http_route="/users/:id",http_response_status_code="200"} 1');
  expect(page).toContain('http_route="",http_response_status_code="404"} 1');
});

test('who refuses without a code refuses all the same, and what is no error is unforeseen', async () => {
  const { log } = keptLog();
  const app = fastify();
  app.setErrorHandler(onUnforeseen(log));
  const nothing: unknown = null;
  app.get('/none', () => Promise.reject(Object.assign(new Error('There is none.'), { statusCode: 404 })));
  app.get('/null', () => Promise.reject(nothing as Error));
  const url = await start(app);
  const answers = await Promise.all(['/none', '/null'].map((path) => fetch(`${url}${path}`)));
  expect(await Promise.all(answers.map((answer) => answer.json()))).toMatchObject([
    { status: 404, code: 'refused', detail: 'There is none.' },
    { status: 500, code: 'unforeseen' },
  ]);
});

test.each([
  ['a surprise', new Error('secret detail'), 500, 'unforeseen', null],
  [
    'a database that is away',
    Object.assign(new Error('x'), { code: 'database_away' }),
    503,
    'database_away',
    '1',
  ],
])('%s is answered without its text and logged with it', async (_, reason, status, code, retryAfter) => {
  const { log, lines } = keptLog();
  const app = fastify();
  app.setErrorHandler(onUnforeseen(log));
  app.get('/', () => Promise.reject(reason));
  const answer = await fetch(await start(app));
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retryAfter]);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const text = await answer.text();
  expect(JSON.parse(text)).toMatchObject({ code });
  expect(text).not.toContain('secret detail');
  expect(lines).toMatchObject([{ level: 'error', reason: { message: reason.message } }]);
});

test('what a client did wrong is told and is no failure of ours', async () => {
  const { log, lines } = keptLog();
  const app = fastify();
  app.setErrorHandler(onUnforeseen(log));
  const properties = { name: { type: 'string' } };
  app.post('/', { schema: { body: { type: 'object', required: ['name'], properties } } }, () => 'fine');
  app.get('/taken', (_, reply) => problem(reply, 409, 'taken', 'That name is taken.'));
  const url = await start(app);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', body: '{}', headers });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    code: 'fst_err_validation',
    detail: expect.stringContaining('name'),
  });
  expect(await (await fetch(`${url}/taken`)).json()).toMatchObject({ status: 409, code: 'taken' });
  expect(lines).toEqual([]);
});
