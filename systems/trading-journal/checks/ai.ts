import { randomUUID } from 'node:crypto';
import { askAi } from '../services/common/ai-client.ts';
import { httpProtocols, secret, url } from '../services/common/settings.ts';
import { runCheck } from './check.ts';
import { closes, hash } from './fixture.ts';

/** Asks for the indicators of known prices. Green: their hash is the one that it has always been. */
await runCheck(
  {
    settings: { aiUrl: url('AI_URL', httpProtocols), hmacSecret: secret('AI_HMAC_SECRET') },
    limit: hash,
    unit: 'hash',
    deadlineMillis: 15_000,
    async work({ settings, clock, arm }) {
      const { aiUrl, hmacSecret } = settings;
      const headers = { ...arm, 'x-request-id': randomUUID() };
      const answer = await askAi(
        { url: aiUrl, secret: hmacSecret, clock },
        '/v1/indicators',
        { closes },
        headers,
      );
      if (!answer.ok) throw new Error(answer.detail);
      const value = String((answer.value as { hash?: unknown }).hash);
      return { ok: value === hash, value, detail: `indicators of ${closes.length} prices` };
    },
  },
  process,
);
