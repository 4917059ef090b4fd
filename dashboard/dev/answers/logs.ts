import { randomBytes } from 'node:crypto';
import type { Answers } from '../ask.ts';

/** `/v1/mock-logs?rate=10000` sets how many lines come in a second. */
let rate = 40;

const services = ['edge', 'core', 'journal', 'coach', 'import'];
const paths = ['/api/v1/trades', '/api/v1/orders', '/api/v1/auth/me', '/api/v1/journal/entries', '/healthz'];
let made = 0;
let correlation = 'req-000000000000';

const pick = <T>(from: readonly T[], at: number): T => from[at % from.length] as T;

function line() {
  made += 1;
  if (made % 3 === 0) correlation = `req-${randomBytes(6).toString('hex')}`;
  const service = pick(services, made * 7 + (made >> 3));
  const at = { service, replica: `${service}-${1 + (made % 3)}`, revision: 'b2c4' };
  if (made % 97 === 0)
    return {
      ...at,
      text: `(node:4120) Warning: 11 listeners added to [Socket]. Use setMaxListeners() to raise it`,
    };
  const level = made % 53 === 0 ? 'error' : made % 19 === 0 ? 'warning' : made % 5 === 0 ? 'debug' : 'info';
  const took = (made * 37) % 480;
  const message =
    level === 'error'
      ? 'the order was not taken: the broker closed the connection'
      : level === 'warning'
        ? 'the broker is slow, asked again'
        : `${made % 4 === 0 ? 'POST' : 'GET'} ${pick(paths, made)} answered`;
  return {
    ...at,
    text: JSON.stringify({
      level,
      timestamp: new Date().toISOString(),
      correlation_id: correlation,
      tenant_id: null,
      user_id: `u-${made % 900}`,
      method: made % 4 === 0 ? 'POST' : 'GET',
      path: pick(paths, made),
      status: level === 'error' ? 502 : 200,
      duration_ms: took,
      service,
      message,
    }),
  };
}

export const logAnswers: Answers = {
  'GET /v1/mock-logs': ({ query }) => {
    rate = Number(query.get('rate') ?? 40);
    return { rate };
  },
  'GET /v1/environments/{environment}/logs': ({ query, response }) => {
    const wanted = (query.get('service') ?? '').split(',').filter((name) => name !== '');
    const match = (query.get('match') ?? '').toLowerCase();
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
    const write = (lines: number) => {
      const texts: string[] = [];
      for (let at = 0; at < lines; at += 1) {
        const one = line();
        const isWanted = wanted.length === 0 || wanted.includes(one.service);
        if (isWanted && (match === '' || one.text.toLowerCase().includes(match)))
          texts.push(`${JSON.stringify(one)}\n`);
      }
      response.write(texts.length === 0 ? '\n' : texts.join(''));
    };
    write(Number(query.get('lines') ?? 100));
    if (query.get('follow') !== 'true') return void response.end();
    let owed = 0;
    let before = Date.now();
    const timer = setInterval(() => {
      owed += ((Date.now() - before) * rate) / 1_000;
      before = Date.now();
      const due = Math.floor(owed);
      owed -= due;
      if (due === 0) return;
      if (response.writableLength > 4_000_000) response.write(`${JSON.stringify({ dropped: due })}\n`);
      else write(due);
    }, 50);
    response.on('close', () => clearInterval(timer));
    return undefined;
  },
};
