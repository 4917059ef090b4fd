import { randomUUID } from 'node:crypto';
import { sign, systemClock } from 'fairway-kit';
import { startTestService, type TestService } from 'fairway-kit/testing';
import pg from 'pg';
import { apiGateway } from '../services/api-gateway/service.ts';
import { billingUsage } from '../services/billing-usage/service.ts';
import { iam } from '../services/iam/service.ts';
import { devPassword } from '../services/iam/seed.ts';
import { jobs } from '../services/jobs/service.ts';
import { orchestrator } from '../services/orchestrator/service.ts';
import { payments } from '../services/payments/service.ts';
import { promptSvc } from '../services/prompt-svc/service.ts';
import { standInVendors } from '../services/stand-in-vendors/service.ts';
import { webhookIngress } from '../services/webhook-ingress/service.ts';
import { migrate, type Variables } from './processes.ts';
import { startStores } from './stores.ts';

const secretNames = [
  ...[
    'JWT_KEY',
    'INSIDE_KEY',
    'PAYMENTS_HMAC_SECRET',
    'PROBE_PASSWORD',
    'GOOGLE_CLIENT_SECRET',
    'STRIPE_SECRET',
  ],
  ...['STRIPE_WEBHOOK_SECRET', 'RETELL_WEBHOOK_SECRET', 'TWILIO_WEBHOOK_SECRET', 'GHL_WEBHOOK_SECRET'],
  ...['OPENROUTER_API_KEY', 'RETELL_API_KEY', 'TWILIO_API_KEY'],
];

/** The whole of it in this process: real stores, one of each service, no limits but those that are asked for. */
export async function startMaxai(settings: Variables = {}) {
  const stores = await startStores();
  await migrate(stores.env);
  const secrets = Object.fromEntries(
    secretNames.map((name) => [name, `planted-${name.toLowerCase()}-${randomUUID()}`]),
  );
  const env: Record<string, string> = {
    ...stores.env,
    ...secrets,
    DEV_USERS: '8',
    SECURE_COOKIES: 'false',
    RATE_LIMIT_PER_MINUTE: '0',
    LOGIN_LIMIT_PER_MINUTE: '0',
    USAGE_EVERY_MILLIS: '200',
    ...settings,
  };
  const running: [string, TestService][] = [];
  const start = async (service: Parameters<typeof startTestService>[0]) => {
    const one = await startTestService(service, { env });
    running.push([service.name, one]);
    env[`${service.name.toUpperCase().replaceAll('-', '_')}_URL`] = one.url;
    return one;
  };
  const ingress = await start(webhookIngress);
  await start(standInVendors);
  const users = await start(iam);
  await start(promptSvc);
  await start(orchestrator);
  await start(billingUsage);
  await start(payments);
  const gateway = await start(apiGateway);
  const worker = await start(jobs);
  const database = new pg.Pool({ connectionString: env['DATABASE_URL'] ?? '', max: 2 });
  database.on('error', () => undefined); // at the end the server goes first

  return {
    ...{ env, gateway, ingress, worker, users, database, secrets },
    /** The lines of all services, or of one. */
    logs: (name?: string) =>
      running.filter(([each]) => name === undefined || each === name).flatMap(([, { logs }]) => logs),
    login: (number: number) => login(gateway.url, `user${number}@dev.maxai.io`),
    operator: () => login(gateway.url, 'operator@dev.maxai.io'),
    /** As a vendor tells it. */
    async tell(vendor: string, event: object, secret = env[`${vendor.toUpperCase()}_WEBHOOK_SECRET`] ?? '') {
      const request = { method: 'POST', path: `/webhooks/${vendor}`, body: JSON.stringify(event) };
      const headers = {
        'content-type': 'application/json',
        ...sign({ ...request, secret, clock: systemClock }),
      };
      return ask(ingress.url + request.path, { method: 'POST', headers, body: request.body });
    },
    async close() {
      await database.end();
      for (const [, one] of running.toReversed()) await one.stop();
      await stores.close();
    },
  };
}

export type Maxai = Awaited<ReturnType<typeof startMaxai>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : { text };
  return { status: response.status, headers: response.headers, body };
}

/** Somebody who has logged in at the gateway, with his token. */
export async function login(gateway: string, email: string, password = devPassword) {
  const body = JSON.stringify({ email, password });
  const headers = { 'content-type': 'application/json' };
  const answer = await ask(`${gateway}/api/auth/login`, { method: 'POST', headers, body });
  const token = String(answer.body['token']);
  const user = (answer.body['user'] ?? {}) as { tenantId: string; userId: string; clientId: string };
  const send =
    (method: string) =>
    (path: string, value?: object, more: Record<string, string> = {}) =>
      ask(`${gateway}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
          ...more,
        },
        ...(value === undefined ? {} : { body: JSON.stringify(value) }),
      });
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return {
    answer,
    token,
    user,
    cookie,
    get: send('GET'),
    post: send('POST'),
    put: send('PUT'),
    remove: send('DELETE'),
  };
}
