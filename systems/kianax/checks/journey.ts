import { randomUUID } from 'node:crypto';
import { messageOf, httpProtocols, readConfig, secret, text, url } from 'fairway-kit';

/** Signs in as the user of the checks, buys a share on paper, finds the trade, and has the audit verified. */

const limitMillis = 5_000;
const begun = performance.now();
const read = readConfig({
  gateway: url<string>('API_GATEWAY_URL', httpProtocols),
  password: secret('PROBE_PASSWORD'),
  arm: text('FAIRWAY_ARM', 'stable'),
});
if (read.ok)
  await journey(read.values).then(
    (detail) => end(true, detail),
    (reason) => end(false, messageOf(reason)),
  );
else end(false, read.problems.join(' '));

async function journey(given: { gateway: string; password: string; arm: string }): Promise<string> {
  const signal = AbortSignal.timeout(20_000);
  let cookie = '';
  const ask = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const headers = {
      'content-type': 'application/json',
      'x-fairway-arm': given.arm,
      'idempotency-key': randomUUID(),
      ...(cookie === '' ? {} : { cookie }),
    };
    const response = await fetch(given.gateway + path, {
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

  await ask('POST', '/api/auth/sign-in/email', { email: 'probe@kianax.example', password: given.password });
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

/** One line of JSON, and 0 for green. */
function end(isDone: boolean, detail: string): void {
  const value = Math.round(performance.now() - begun);
  const ok = isDone && value <= limitMillis;
  process.stdout.write(`${JSON.stringify({ ok, value, limit: limitMillis, unit: 'ms', detail })}\n`);
  process.exitCode = ok ? 0 : 1;
}
