import { type Client, type Clock, createClient, type Log, type Metrics } from 'fairway-kit';
import { z } from 'zod';
import { vendorBase } from '../common/vendors.ts';

export interface Completion {
  readonly text: string;
  readonly tokens: number;
  readonly reference: string;
}

export interface Vendors {
  /** Asks a language model through OpenRouter. */
  complete(request: { model: string; prompt: string; input: string }): Promise<Completion>;
  /** Lets a voice of Retell call somebody; the call's id. */
  call(request: { to: string; prompt: string }): Promise<string>;
  /** Sends a text message by Twilio; the message's id. */
  message(request: { to: string; text: string }): Promise<string>;
}

/** The vendor was there and would not, or said what nobody understands. */
export class VendorError extends Error {
  override readonly name = 'VendorError';
}

const completion = z.object({
  id: z.string(),
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
  usage: z.object({ total_tokens: z.number().int().min(0) }),
});
const called = z.object({ call_id: z.string() });
const sent = z.object({ sid: z.string() });

/** Each vendor has a breaker of its own: one that fails does not take the others with it. */
export function createVendors(
  settings: { standIn: string | null; openrouterKey: string; retellKey: string; twilioKey: string },
  world: { log: Log; metrics: Metrics; clock: Clock },
): Vendors {
  const { standIn, openrouterKey, retellKey, twilioKey } = settings;
  const client = (name: 'openrouter' | 'retell' | 'twilio', key: string, timeout: number) =>
    createClient(
      {
        ...{ name, base: vendorBase(name, standIn), timeout, outside: true },
        headers: { authorization: `Bearer ${key}` },
      },
      world,
    );
  const openrouter = client('openrouter', openrouterKey, 30_000);
  const retell = client('retell', retellKey, 10_000);
  const twilio = client('twilio', twilioKey, 10_000);

  return {
    async complete({ model, prompt, input }) {
      const messages = [
        { role: 'system', content: prompt },
        { role: 'user', content: input },
      ];
      // Nothing is done by it but the answer: it may be asked again.
      const answer = await ask(openrouter, '/api/v1/chat/completions', { model, messages }, completion, true);
      return {
        text: answer.choices[0]?.message.content ?? '',
        tokens: answer.usage.total_tokens,
        reference: answer.id,
      };
    },
    async call({ to, prompt }) {
      const body = { to_number: to, retell_llm_dynamic_variables: { prompt } };
      return (await ask(retell, '/v2/create-phone-call', body, called, false)).call_id;
    },
    async message({ to, text }) {
      const body = { To: to, Body: text };
      return (await ask(twilio, '/2010-04-01/Accounts/maxai/Messages.json', body, sent, false)).sid;
    },
  };
}

async function ask<T>(
  client: Client,
  path: string,
  body: object,
  schema: z.ZodType<T>,
  idempotent: boolean,
): Promise<T> {
  const answer = await client.call('POST', path, { body, idempotent });
  if (answer.status >= 400) throw new VendorError(`it answered ${answer.status}`);
  const read = schema.safeParse(answer.body);
  if (!read.success) throw new VendorError('its answer was not understood');
  return read.data;
}
