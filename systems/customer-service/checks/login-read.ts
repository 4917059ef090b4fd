import { choice, createClient, httpProtocols, readConfig, secret, text, url } from 'fairway-kit';

const samples = 30;
const limit = 500; // milliseconds

const settings = {
  base: url('CUSTOMER_SERVICE_URL', httpProtocols),
  email: text('PROBE_EMAIL', 'probe@example.com'),
  password: secret('PROBE_PASSWORD'),
  arm: choice('FAIRWAY_ARM', ['stable', 'canary'], 'stable'),
};

/** Logs in, refreshes, reads customers again and again. Green: the 95th percentile (nearest rank) is below 500 ms. */
async function check(): Promise<{
  readonly ok: boolean;
  readonly value: number | null;
  readonly detail: string;
}> {
  const config = readConfig(settings, { envFile: null });
  if (!config.ok) return { ok: false, value: null, detail: config.problems.join(' ') };
  const { base, email, password, arm } = config.values;
  const client = createClient({
    ...{ name: 'customer-service', base, timeout: 5_000, retries: null },
    headers: { 'x-fairway-arm': arm },
  });
  const ask = async (method: 'GET' | 'POST', path: string, body?: object, token?: string) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await client.call(method, path, { headers, ...(body === undefined ? {} : { body }) });
    if (answer.status < 200 || answer.status > 299)
      throw new Error(`${method} ${path} answered ${answer.status}`);
    return answer.body as { readonly accessToken: string; readonly refreshToken: string };
  };

  const { refreshToken } = await ask('POST', '/auth/login', { email, password });
  const { accessToken } = await ask('POST', '/auth/refresh', { refreshToken });
  const times: number[] = [];
  while (times.length < samples) {
    const begun = performance.now();
    await ask('GET', '/customers?limit=10', undefined, accessToken);
    times.push(performance.now() - begun);
  }
  await ask('POST', '/auth/logout', undefined, accessToken);
  const p95 =
    times.toSorted((one, other) => one - other)[Math.ceil(0.95 * samples) - 1] ?? Number.POSITIVE_INFINITY;
  const value = Math.round(p95 * 10) / 10;
  return { ok: value < limit, value, detail: `95th percentile of ${samples} GET /customers` };
}

const found = await check().catch((reason: unknown) => ({
  ok: false,
  value: null,
  detail: reason instanceof Error ? reason.message : String(reason),
}));
process.stdout.write(`${JSON.stringify({ ...found, limit, unit: 'ms' })}\n`, () =>
  process.exit(found.ok ? 0 : 1),
);
