import { randomUUID } from 'node:crypto';
import { httpProtocols, runCheck, secret, url } from 'fairway-kit/check';

const settings = {
  gateway: url('API_GATEWAY_URL', httpProtocols),
  password: secret('PROBE_PASSWORD'),
} as const;

/** Logs in as the user of the checks, makes a prompt, finds it again by its id, logs out. */
await runCheck({
  settings,
  limit: 10_000,
  async work({ settings: given, signal, arm }) {
    const { gateway, password } = given;
    let authorization: Record<string, string> = {};
    const ask = async (method: string, path: string, expected: number, body?: object) => {
      const response = await fetch(new URL(path, gateway), {
        method,
        signal,
        headers: {
          ...arm,
          ...authorization,
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.status !== expected) throw new Error(`${method} ${path} answered ${response.status}`);
      const answer = await response.text();
      return answer === '' ? {} : (JSON.parse(answer) as Record<string, unknown>);
    };
    const { token } = await ask('POST', '/api/auth/login', 200, { email: 'probe@maxai.io', password });
    authorization = { authorization: `Bearer ${String(token)}` };
    const prompt = { title: 'A check', body: `Made by a check: ${randomUUID()}` };
    const { id } = await ask('POST', '/api/prompts', 201, prompt);
    const found = await ask('GET', `/api/prompts/${String(id)}`, 200);
    if (found['body'] !== prompt.body) throw new Error('the prompt that was found is another one');
    await ask('POST', '/api/auth/logout', 204);
    return 'made a prompt and found it again';
  },
});
