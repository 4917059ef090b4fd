import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { operations } from './definition/operations.ts';
import { ask, type Maxai, startMaxai } from './testing/maxai.ts';

let maxai: Maxai;
beforeAll(async () => {
  maxai = await startMaxai();
}, 120_000);
afterAll(() => maxai?.close());

const id = z.uuid().nullable();
/** The twelve fields of every line, whatever else it has. */
const fields = {
  timestamp: z.iso.datetime({ precision: 3 }),
  level: z.enum(['debug', 'info', 'warning', 'error']),
  message: z.string().min(1),
  correlation_id: z.string().nullable(),
  tenant_id: id,
  client_id: id,
  user_id: id,
  service: z.string(),
  method: z.string().nullable(),
  path: z.string().nullable(),
  status: z.int().min(100).max(599).nullable(),
  duration_ms: z.number().min(0).nullable(),
} as const;

test('every line of every service fits the schema that is declared', async () => {
  const user = await maxai.login(1);
  const correlation = { 'x-request-id': 'journey-of-a-test' };
  const { body } = await user.post('/api/prompts', { title: 'Logged', body: 'Seen everywhere' }, correlation);
  await user.post('/api/runs', { promptId: body['id'], input: 'Hello' }, correlation);
  await ask(`${maxai.gateway.url}/api/nothing`);
  await new Promise((resolve) => setTimeout(resolve, 600)); // the jobs sum

  expect(operations.observability.logs.fields).toEqual(Object.keys(fields));
  const lines = maxai.logs();
  expect(new Set(lines.map((line) => line['service'])).size).toBeGreaterThanOrEqual(9);
  const wrong = lines.filter((line) => !z.object(fields).safeParse(line).success);
  expect(wrong).toEqual([]);

  const ofOne = lines.filter(
    (line) => line['correlation_id'] === 'journey-of-a-test' && line['message'] === 'request',
  );
  expect(
    ofOne.map((line) => [line['service'], line['path'], line['status']].join(' ')).toSorted(byText),
  ).toEqual(
    [
      'api-gateway /api/prompts 201',
      'prompt-svc /api/prompts 201',
      'api-gateway /api/runs 201',
      'orchestrator /api/runs 201',
      `prompt-svc /api/prompts/${String(body['id'])} 200`,
      'iam /api/flags 200',
      `iam /inside/sessions/${sessionOf(user.token)} 204`,
    ].toSorted(byText), // and nothing of it at the vendor: our trace is none of his business
  );
  expect(lines.some((line) => line['path'] === '/openrouter/api/v1/chat/completions')).toBe(true);
  for (const line of ofOne)
    expect([line['tenant_id'], line['user_id'], line['client_id']]).toEqual([
      user.user.tenantId,
      user.user.userId,
      user.user.clientId,
    ]);
});

test('no secret stands in any line', () => {
  const text = JSON.stringify(maxai.logs());
  expect(Object.values(maxai.secrets).filter((secret) => text.includes(secret))).toEqual([]);
});

test('the numbers of the business are there', async () => {
  const numbers = async (service: string) => String((await ask(`${service}/metrics`)).body['text']);
  const text = (
    await Promise.all(['IAM', 'ORCHESTRATOR'].map((name) => numbers(maxai.env[`${name}_URL`] ?? '')))
  ).join('');
  expect(text).toMatch(/\nactive_tenants 1\n/);
  expect(text).toMatch(/\nactive_clients 1\n/);
  expect(text).toMatch(/\nllm_tokens_total\{model="openai\/gpt-4o-mini"\} [1-9]/);
  expect(await numbers(maxai.gateway.url)).toMatch(
    /\napi_calls_total\{endpoint="\/api\/prompts",method="POST"\} 1\n/,
  );
});

const byText = (one: string, other: string) => one.localeCompare(other);

const sessionOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sid: string }).sid;
