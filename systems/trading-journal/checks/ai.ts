import { randomUUID } from 'node:crypto';
import { createAiClient } from '../services/common/ai-client.ts';
import { httpProtocols, runCheck, secret, url } from 'fairway-kit/check';
import { closes, hash } from './fixture.ts';

/** Asks for the indicators of known prices. Green: their hash is the one that it has always been. */
await runCheck({
  settings: { aiUrl: url('AI_URL', httpProtocols), hmacSecret: secret('AI_HMAC_SECRET') },
  limit: hash,
  unit: 'hash',
  deadline: 15_000,
  async work({ settings, clock, signal, arm }) {
    const { aiUrl, hmacSecret } = settings;
    const headers = { ...arm, 'x-request-id': randomUUID() };
    const askAi = createAiClient({ url: aiUrl, secret: hmacSecret, headers }, { clock });
    const answer = await askAi('/v1/indicators', { closes }, signal);
    if (!answer.ok) throw new Error(answer.detail);
    const value = String((answer.value as { hash?: unknown }).hash);
    return { ok: value === hash, value, detail: `indicators of ${closes.length} prices` };
  },
});
