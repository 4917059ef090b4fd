import { type CheckWorld, httpProtocols, runCheck, secret, text, url } from 'fairway-kit/check';

const samples = 30;
const limit = 500; // milliseconds

const settings = {
  base: url('CUSTOMER_SERVICE_URL', httpProtocols),
  email: text('PROBE_EMAIL', 'probe@example.com'),
  password: secret('PROBE_PASSWORD'),
};

/** Logs in, refreshes, reads customers again and again. Green: the 95th percentile (nearest rank) is below 500 ms. */
await runCheck({ settings, limit, deadline: 25_000, work });

async function work({ settings: given, arm, signal }: CheckWorld<typeof settings>) {
  const { base, email, password } = given;
  const ask = async (method: 'GET' | 'POST', path: string, body?: object, token?: string) => {
    const answer = await fetch(new URL(path, base), {
      method,
      signal,
      headers: {
        'content-type': 'application/json',
        ...arm,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}`);
    const json = await answer.text();
    return (json === '' ? {} : JSON.parse(json)) as {
      readonly accessToken: string;
      readonly refreshToken: string;
    };
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
