import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import type { AcceptedView, StatusView, TrafficSample } from '#api';
import { answered } from '#engine/fixture';
import type { Millis } from '#kernel';
import { aBench, type BenchOptions, stopEngines, until } from '../bench.fixture.ts';
import { createTraffic, type Traffic } from './index.ts';

const made: Traffic[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map((each) => each.end()));
  await stopEngines();
});

/** An environment that serves, and what is told of its traffic. */
async function aShop(options: BenchOptions = {}) {
  const bench = aBench(options);
  const { engine, clock, world } = bench;
  const traffic = createTraffic({ engine, clock, environments: async () => ['dev'] });
  made.push(traffic);
  const status = async () => (await bench.ask<StatusView>('status')).body;
  await bench.ask<AcceptedView>('up', { by: 'ann' });
  await until(status, ({ release, rollout }) => release?.number === 1 && rollout === null);
  const samples = async () => (await traffic.history('dev', 0)).samples;
  const [revision = ''] = [...world.replicas.keys()];
  return { ...bench, traffic, status, samples, revision };
}

const counted = (samples: readonly TrafficSample[], of: string, what: 'rate' | 'failed' = 'rate') =>
  samples.reduce((sum, { arms, millis: span }) => {
    const arm = arms.find(({ revision }) => revision === of);
    return sum + ((arm?.[what] ?? 0) * span) / 1_000;
  }, 0);

describe('the traffic of an environment', () => {
  it('is what its counters say, with all of the weight and the replicas that are ready', async () => {
    const { world, revision, samples } = await aShop();
    answered(world, 'edge', revision, 1_000, 0);
    await until(samples, (all) => counted(all, revision) > 999);
    answered(world, 'edge', revision, 1_500, 50);
    const all = await until(samples, (some) => counted(some, revision) > 1_499);
    expect(counted(all, revision)).toBeCloseTo(1_500, 0);
    expect(counted(all, revision, 'failed')).toBeCloseTo(50, 0);
    const busy = all.filter(({ arms }) =>
      arms.some(({ revision: each, rate }) => each === revision && rate > 0),
    );
    expect(busy).toHaveLength(2);
    for (const { arms, gate } of busy.slice(1)) {
      expect(arms).toEqual([
        // Every answer took 10 ms: the bound of its bucket.
        expect.objectContaining({ role: 'stable', weight: 100, ready: 2, p50: 10.4, p95: 10.4, p99: 10.4 }),
      ]);
      expect(gate).toBe(null);
    }
    for (const [i, { at, millis: span }] of all.entries()) if (i > 0) expect(at - span).toBe(all[i - 1]?.at);
  });

  it('shows a bad canary with its weight, and its harm come to the decision', async () => {
    const { ask, world, revision, samples, status } = await aShop();
    answered(world, 'edge', revision, 1_000, 0);
    await ask('releases', { by: 'ann', note: '' });
    const canary = await until(
      () => [...world.replicas.keys()].find((each) => each !== revision),
      (found) => found !== undefined,
    );
    world.failing.add(canary ?? '');
    await until(status, ({ rollout }) => rollout === null);
    const all = await until(samples, (some) => some.at(-1)?.gate === null);
    const told = all.filter(({ gate }) => gate !== null);
    expect(told.some(({ arms }) => arms.some((arm) => arm.role === 'canary' && arm.weight === 10))).toBe(
      true,
    );
    const failing = told.flatMap(({ arms }) => arms.filter((arm) => arm.revision === canary && arm.rate > 0));
    // Two in five.
    for (const { rate, failed } of failing) expect(failed / rate).toBeCloseTo(0.4, 2);
    expect(failing.length).toBeGreaterThan(0);
    expect(told.at(-1)?.gate).toMatchObject({ rollout: 2, harm: 1, verdict: 'fail' });
    const words = told.flatMap(({ gate }) => gate?.signals ?? []).filter(({ state }) => state === 'bad');
    expect(words[0]?.sentence).toContain('canary requests failed');
    // At most four a second.
    for (const { millis: span } of told.slice(1)) expect(span).toBeGreaterThanOrEqual(200);
  });

  it('asks the target nothing: it is looked at as often as the engine does it', async () => {
    const { engine, clock, samples } = await aShop();
    const { target } = await engine.runner('dev');
    const observe = target.observe.bind(target);
    let looks = 0;
    Object.assign(target, { observe: () => ((looks += 1), observe()) });
    const [begun, before] = [clock.now(), await samples()];
    await until(
      () => clock.now(),
      (now) => now >= begun + 60_000,
    );
    const passed = (clock.now() - begun) / 1_000;
    expect(looks).toBeLessThanOrEqual(passed + 5); // one each second
    expect(looks).toBeGreaterThanOrEqual(passed - 5);
    expect((await samples()).length - before.length).toBeGreaterThanOrEqual(passed - 10);
  });

  it('is nothing of an environment that is down, not ours, or that nobody has declared', async () => {
    const { traffic, engine, clock, ask, status } = await aShop();
    const elsewhere = {
      owner: 'other',
      until: (clock.now() + 1e9) as ReturnType<typeof clock.now>,
      ours: false,
    };
    const other = createTraffic({
      engine,
      clock,
      environments: async () => ['dev'],
      inCharge: () => elsewhere,
    });
    made.push(other);
    await clock.sleep(10_000 as Millis);
    expect((await other.history('dev', 0)).samples).toEqual([]);
    expect((await traffic.history('nowhere', 0)).samples).toEqual([]);
    await ask('down', { by: 'ann', erase: false });
    await until(status, (view) => view.status === 'down');
    await clock.sleep(10_000 as Millis);
    const before = await traffic.history('dev', 0);
    await clock.sleep(10_000 as Millis);
    expect(await traffic.history('dev', 0)).toEqual(before);
  });
});

describe('the stream of it', () => {
  const serve = (traffic: Traffic) => new Hono().get('/', (context) => traffic.stream(context, 'dev'));

  async function* eventsOf(response: Response): AsyncGenerator<{ event: string; id: string; data: string }> {
    if (response.body === null) return;
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const fields = new Map(
          part.split('\n').map((line) => [line.split(':')[0], line.slice(line.indexOf(':') + 1).trim()]),
        );
        yield {
          event: fields.get('event') ?? 'message',
          id: fields.get('id') ?? '',
          data: fields.get('data') ?? '',
        };
      }
    }
  }

  it('gives the last sample first, then each new one, and beats in between', async () => {
    const { traffic, samples } = await aShop();
    const last = (await until(samples, (all) => all.length > 2)).at(-1);
    const events = eventsOf(await serve(traffic).request('/'));
    const seen = new Map<string, number>();
    const ids: number[] = [];
    for await (const { event, id, data } of events) {
      seen.set(event, (seen.get(event) ?? 0) + 1);
      if (event === 'message') ids.push(Number(id));
      if (event === 'message') expect((JSON.parse(data) as TrafficSample).at).toBe(Number(id));
      if ((seen.get('beat') ?? 0) >= 2 && ids.length >= 6) break;
    }
    expect(ids[0]).toBeGreaterThanOrEqual(last?.at ?? Infinity);
    expect(ids.toSorted((a, b) => a - b)).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('goes on where a reader lost it', async () => {
    const { traffic, samples } = await aShop();
    const all = await until(samples, (some) => some.length > 5);
    const headers = { 'last-event-id': String(all[1]?.at) };
    const ids: number[] = [];
    for await (const { event, id } of eventsOf(await serve(traffic).request('/', { headers }))) {
      if (event === 'message') ids.push(Number(id));
      if (ids.length === all.length - 2) break;
    }
    expect(ids).toEqual(all.slice(2).map(({ at }) => at));
  });

  it('merges for a reader who is slow, so that no request is lost and nothing grows', async () => {
    const { traffic, samples, world, revision, clock } = await aShop();
    answered(world, 'edge', revision, 100, 0);
    await until(samples, (all) => counted(all, revision) > 99);
    const response = await serve(traffic).request('/');
    await until(
      () => traffic.readers(),
      (count) => count === 1,
    );
    const from = (await samples()).at(-1)?.at ?? 0;
    for (let more = 1; more <= 20; more++) {
      answered(world, 'edge', revision, 100 + 10 * more, 0);
      await clock.sleep(2_000 as Millis);
    }
    const got: TrafficSample[] = [];
    for await (const { event, data } of eventsOf(response)) {
      if (event === 'message') got.push(JSON.parse(data) as TrafficSample);
      if (
        counted(
          got.filter(({ at }) => at > from),
          revision,
        ) > 199.9
      )
        break;
    }
    expect(got.length).toBeLessThan(8);
    expect(
      counted(
        got.filter(({ at }) => at > from),
        revision,
      ),
    ).toBeCloseTo(200, 0);
  });

  it('is ended at once when its reader leaves, and when the sampling ends', async () => {
    const { traffic } = await aShop();
    const app = serve(traffic);
    const left = await app.request('/');
    const stayed = await app.request('/');
    await until(
      () => traffic.readers(),
      (count) => count === 2,
    );
    await left.body?.cancel();
    await until(
      () => traffic.readers(),
      (count) => count === 1,
    );
    await traffic.end();
    await until(
      () => traffic.readers(),
      (count) => count === 0,
    );
    await stayed.text();
  });
});
