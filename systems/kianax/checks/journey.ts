import { randomUUID } from 'node:crypto';
import { type CheckWorld, httpProtocols, runCheck, secret, url } from 'fairway-kit/check';

const settings = { gateway: url('API_GATEWAY_URL', httpProtocols), password: secret('PROBE_PASSWORD') };

/** Signs in as the user of the checks, buys a share on paper, finds the trade, and has the audit verified. */
await runCheck({ settings, limit: 5_000, deadline: 20_000, work: journey });

async function journey({ settings: given, arm, signal }: CheckWorld<typeof settings>): Promise<string> {
  const { gateway, password } = given;
  let cookie = '';
  const ask = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const headers = {
      'content-type': 'application/json',
      ...arm,
      'idempotency-key': randomUUID(),
      ...(cookie === '' ? {} : { cookie }),
    };
    const response = await fetch(gateway + path, {
      method,
      headers,
      signal,
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}`);
    if (cookie === '')
      cookie = response.headers
        .getSetCookie()
        .map((line) => line.split(';', 1)[0])
        .join('; ');
    return (await response.json()) as Record<string, unknown>;
  };

  await ask('POST', '/api/auth/sign-in/email', { email: 'probe@kianax.example', password });
  const { order } = (await ask('POST', '/api/orders', {
    symbol: 'SPY',
    side: 'buy',
    quantity: 1,
    limitCents: null,
  })) as { order: { id: string; status: string } };
  if (order.status !== 'filled') throw new Error(`the order is ${order.status}`);
  const { trades } = (await ask('GET', '/api/trades')) as { trades: { orderId: string }[] };
  if (!trades.some(({ orderId }) => orderId === order.id)) throw new Error('the trade is not in the list');
  const audit = await ask('GET', '/api/audit/verify');
  if (audit['intact'] !== true) throw new Error(`the audit is broken: ${JSON.stringify(audit)}`);
  await ask('POST', '/api/auth/sign-out', {});
  return `bought, listed, ${String(audit['entries'])} entries of the audit verified`;
}
