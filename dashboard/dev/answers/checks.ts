import type { Answers } from '../ask.ts';

const check = (name: string, about: string, gates: boolean, every: number | null) => ({
  name,
  kind: about.startsWith('GET') ? 'http' : 'command',
  about,
  every,
  timeout: 10_000,
  gates,
});

const declared = [
  check('login', 'GET /api/v1/auth/probe of core, 20 times, 95 % within 250ms', true, 60_000),
  check('order to fill', 'node checks/order.ts --symbol EURUSD', true, 60_000),
  check('coach answers', 'node checks/coach.ts', false, 300_000),
  check('queues drain', 'node checks/queues.ts --within 30s', false, 60_000),
  check('mail leaves', 'node checks/mail.ts', false, null),
];

const sentences: readonly (readonly [green: boolean | null, detail: string, took: number])[] = [
  [true, '20 of 20 answers, 95 % within 84ms', 1_840],
  [true, 'filled after 412ms', 930],
  [false, 'the coach said nothing within 8s; the queue "coach" holds 214 jobs', 8_020],
  [true, '', 310],
];

let run = Date.now() - 41_000;
let isFirst = true;

const last = (at: number) => {
  const [green, detail, took] = sentences[at] ?? [true, 'accepted by the relay', 640];
  return at >= sentences.length && isFirst ? null : { at: run - at * 7_000, green, detail, took };
};

/** One red, one not run yet; run by hand, the last one is run too. */
export const checkAnswers: Answers = {
  'GET /v1/environments/{environment}/checks': () =>
    declared.map((each, at) => ({ ...each, last: last(at) })),
  'POST /v1/environments/{environment}/probe': ({ response }) => {
    setTimeout(() => {
      run = Date.now();
      isFirst = false;
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify(
          declared.map(({ name }, at) => {
            const [green, detail, tookMillis] = sentences[at] ?? [true, '', 640];
            return { name, green, detail, tookMillis };
          }),
        ),
      );
    }, 1_500);
  },
  'GET /v1/environments/{environment}/flags': () => [
    { name: 'new_editor', kind: 'boolean', value: true },
    { name: 'trading_enabled', kind: 'boolean', value: true },
    { name: 'pricing_experiment', kind: 'boolean', value: false },
    { name: 'ai_model', kind: 'string', value: 'small' },
    { name: 'page_size', kind: 'number', value: 50 },
  ],
};
