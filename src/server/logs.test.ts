import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { fastClock } from '#engine/fixture';
import { millis } from '#kernel';
import type { LogLine, LogRequest } from '#ports';
import { aBench, stopEngines, until } from './bench.fixture.ts';
import { createLogStream } from './logs.ts';

afterEach(stopEngines);

/** Services whose lines are given by hand; as the targets do, what was printed before comes without a pause. */
async function aLog(past: readonly LogLine[] = [], onLine: () => void = () => undefined) {
  const clock = fastClock();
  const { engine } = aBench({ clock });
  const runner = await engine.runner('dev');
  const fresh: LogLine[] = [];
  const asked: LogRequest[] = [];
  let followers = 0;
  async function* logs(ask: LogRequest, signal: AbortSignal): AsyncGenerator<LogLine> {
    asked.push(ask);
    followers += 1;
    try {
      const wanted = past.filter(({ service }) => ask.service === null || service === ask.service);
      await clock.sleep(millis(20));
      yield* wanted.slice(wanted.length - Math.min(ask.lines, wanted.length));
      while (ask.follow && !signal.aborted) {
        await clock.sleep(millis(200), signal);
        for (const each of fresh.splice(0)) {
          onLine();
          yield each;
        }
      }
    } finally {
      followers -= 1;
    }
  }
  Object.assign(runner.target, { logs });
  const logStream = createLogStream();
  const app = new Hono().get('/', (context) => logStream(context, runner, clock));
  return {
    app,
    asked,
    print: (...lines: LogLine[]) => fresh.push(...lines),
    followers: () => followers,
    clock,
  };
}

const line = (service: string, text: string): LogLine => ({
  service,
  replica: `${service}-a-0`,
  revision: `${service}-a`,
  text,
});
const textsIn = (body: string) =>
  body
    .split('\n')
    .filter((each) => each !== '')
    .map((each) => JSON.parse(each) as Partial<LogLine> & { dropped?: number })
    .map(({ text, dropped }) => text ?? `dropped ${dropped}`);

async function read(response: Response, isEnough: (texts: readonly string[]) => boolean) {
  let body = '';
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    body += chunk;
    if (body.endsWith('\n') && isEnough(textsIn(body))) break;
  }
  return textsIn(body);
}

const numbered = (count: number, service = 'web') =>
  Array.from({ length: count }, (_, i) => line(service, `${service} line ${i}`));

describe('lines of services', () => {
  const past = [
    line('web', 'GET /orders ERROR 7f3a'),
    line('api', 'order taken 7f3a'),
    line('worker', 'error: no stock'),
    line('web', 'GET /'),
    line('api', 'order taken 11ce'),
  ];
  //  query                            past lines that are told
  it.each<[string, readonly number[]]>([
    ['', [0, 1, 2, 3, 4]],
    ['?lines=2', [3, 4]],
    ['?lines=0', []],
    ['?service=api', [1, 4]],
    ['?service=api,web', [0, 1, 3, 4]],
    ['?service=api,web&lines=2', [3, 4]],
    ['?service=web,worker&lines=1', [3]],
    ['?match=error', [0, 2]],
    ['?match=ErRoR&lines=1', [2]],
    ['?match=7f3a', [0, 1]],
    ['?match=7f3a&service=api', [1]],
    ['?match=.', []],
    ['?match=nothing', []],
  ])('with %s', async (query, told) => {
    const { app, followers } = await aLog(past);
    const wanted = told.map((i) => past[i]?.text);
    expect(textsIn(await (await app.request(`/${query}`)).text())).toEqual(wanted);
    expect(followers()).toBe(0);
  });

  it('are followed with the same filter after those that were there', async () => {
    const { app, print, clock, asked } = await aLog(past);
    const response = await app.request('/?follow=true&service=web,worker&match=ERROR&lines=1');
    const reading = read(response, (texts) => texts.length === 3);
    await clock.sleep(millis(500));
    print(line('web', 'an error of web'), line('api', 'an error of api'), line('web', 'well'));
    await clock.sleep(millis(500));
    print(line('worker', 'the last error'));
    expect(await reading).toEqual(['error: no stock', 'an error of web', 'the last error']);
    expect(asked).toEqual([{ service: null, lines: 10_000, follow: true }]);
  });

  it('are all told, in their order, when many come at once', async () => {
    const { app, print, clock } = await aLog();
    const reading = read(await app.request('/?follow=true&lines=0'), (texts) => texts.length >= 20_000);
    for (let i = 0; i < 4; i++) {
      print(...numbered(5_000));
      await clock.sleep(millis(1_000));
    }
    const texts = await reading;
    expect(texts).toEqual([0, 1, 2, 3].flatMap(() => numbered(5_000).map(({ text }) => text)));
  });

  it('are refused to one follower too many, and told to others who do not follow', async () => {
    const { app, clock } = await aLog(past);
    const left = new AbortController();
    const follow = () => app.request('/?follow=true&lines=0', { signal: left.signal });
    for (let i = 0; i < 40; i++) expect((await follow()).status).toBe(200);
    await clock.sleep(millis(50));
    const refused = await follow();
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'logs_followed_by_many', facts: { followers: 40 } });
    expect(textsIn(await (await app.request('/')).text())).toHaveLength(past.length);
    left.abort();
  });

  it('are dropped for a follower who does not read: it says how many, and goes on with the newest', async () => {
    const { app, print, clock } = await aLog();
    const response = await app.request('/?follow=true&lines=0');
    await clock.sleep(millis(500));
    const printed = numbered(100_000);
    for (let i = 0; i < 100_000; i += 4_000) {
      print(...printed.slice(i, i + 4_000));
      await clock.sleep(millis(400));
    }
    await clock.sleep(millis(1_000));
    const texts = await read(response, (some) => some.at(-1) === 'web line 99999');
    const gap = texts.findIndex((text) => text.startsWith('dropped'));
    const dropped = Number(texts[gap]?.slice('dropped '.length));
    expect(texts.filter((text) => text.startsWith('dropped'))).toHaveLength(1);
    expect(dropped).toBeGreaterThan(50_000);
    // Every line is either told or counted as dropped, and none is out of its order.
    expect(texts.length - 1 + dropped).toBe(100_000);
    expect(texts.slice(gap + 1)).toEqual(printed.slice(gap + dropped).map(({ text }) => text));
  });

  it('wait for many who do not read in no more memory than for a few', async () => {
    const { app, print, clock } = await aLog();
    const followers = await Promise.all(
      Array.from({ length: 20 }, async () => app.request('/?follow=true&lines=0')),
    );
    await clock.sleep(millis(500));
    const text = 'x'.repeat(8_000);
    for (let i = 0; i < 900; i += 100) {
      print(...Array.from({ length: 100 }, (_, at) => line('web', i + at === 899 ? 'the last' : text)));
      await clock.sleep(millis(400));
    }
    await clock.sleep(millis(1_000));
    const [first = new Response()] = followers;
    const texts = await read(first, (some) => some.at(-1) === 'the last');
    expect(texts.length).toBeLessThan(450);
    expect(texts.length).toBeGreaterThan(150);
    await Promise.all(followers.slice(1).map(async (each) => each.body?.cancel()));
  });

  it('are written together', async () => {
    const { app, print, clock } = await aLog();
    const response = await app.request('/?follow=true&lines=0');
    const sizes: number[] = [];
    const reading = (async () => {
      for await (const chunk of response.body ?? new ReadableStream<Uint8Array>()) {
        sizes.push(chunk.filter((byte: number) => byte === 10).length);
        if (sizes.reduce((sum, each) => sum + each, 0) >= 10_000) break;
      }
    })();
    for (let i = 0; i < 5; i++) {
      print(...numbered(2_000));
      await clock.sleep(millis(200));
    }
    await reading;
    expect(sizes.filter((lines) => lines > 1).length).toBeLessThanOrEqual(10);
  });

  it('say that they are alive while nobody prints', async () => {
    const { app } = await aLog();
    const response = await app.request('/?follow=true');
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toBe('\n');
    await reader?.cancel();
  });

  it('are not read any more once the follower has left', async () => {
    const { app, followers } = await aLog(past);
    const responses = await Promise.all([1, 2, 3].map(async () => app.request('/?follow=true')));
    await until(followers, (count) => count === 3);
    for (const response of responses.slice(1)) await response.body?.cancel();
    await until(followers, (count) => count === 1);
    await responses[0]?.body?.cancel();
    await until(followers, (count) => count === 0);
  });
});

it('leave the control plane time for others however many come at once', async () => {
  let [turn, isOver] = [0, false];
  const others = () => {
    turn += 1;
    if (!isOver) setImmediate(others);
  };
  const inTurn = new Map<number, number>();
  const onLine = () => inTurn.set(turn, (inTurn.get(turn) ?? 0) + 1);
  const { app, print, clock } = await aLog([], onLine);
  const response = await app.request('/?follow=true&lines=0');
  setImmediate(others);
  for (let second = 0; second < 5; second++) {
    for (let part = 0; part < 10; part++) print(...numbered(1_000));
    await clock.sleep(millis(1_000));
  }
  isOver = true;
  const lines = [...inTurn.values()];
  expect(lines.reduce((sum, each) => sum + each, 0)).toBe(50_000);
  expect(Math.max(...lines)).toBeLessThanOrEqual(2_000);
  await response.body?.cancel();
});
