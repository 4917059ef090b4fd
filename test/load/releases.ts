import { invariant } from '#kernel';
import type { RouterArm, RouterClient } from '#router';
import type { Callers } from './callers.ts';
import type { Fleet, Replica } from './fleet.ts';

/** The ways by which a release goes, as far as a router sees them. */
export const kinds = [
  'canary, promoted',
  'rolling',
  'blue-green',
  'canary, aborted',
  'blue-green, rolled back',
  'canary, a replica of it killed',
  'canary, a stable replica killed',
  'scaled up and down',
  'weights that change all the time',
  'canary, promoted while the one before still drains',
] as const;
export type Kind = (typeof kinds)[number];

interface Revision {
  readonly revision: string;
  readonly replicas: readonly Replica[];
}

/** Drives the router as an engine does: tables first, then drains, then signals (R3). */
export interface Releases {
  /** Performs one release; what it replaces drains on behind it. */
  perform(kind: Kind): Promise<void>;
  /** Tables that the router has taken. */
  tables(): number;
  /** Requests that drains had to cut: events, which have no end of their own. */
  cut(): number;
  /** Resolves when everything that was replaced is drained and stopped. */
  settle(): Promise<void>;
}

const each = 2; // replicas of a revision

export async function startReleases(
  client: () => RouterClient,
  fleet: Fleet,
  callers: () => Callers,
  port: number,
): Promise<Releases> {
  let [version, generation, number, cut] = [0, 0, 1, 0];
  let leaving: Promise<void> = Promise.resolve();
  let stable: Revision = { revision: 'revision-1', replicas: await fleet.start(each) };
  await route([stable, 100]);

  async function route(
    main: readonly [Revision, number],
    canary?: readonly [Revision, number],
  ): Promise<void> {
    const armOf = (role: RouterArm['role'], [arm, weight]: readonly [Revision, number]): RouterArm => ({
      revision: arm.revision,
      role,
      weight,
      endpoints: arm.replicas.map(({ replica, port: at }) => ({ replica, port: at })),
    });
    version += 1;
    generation += 1;
    const arms =
      canary === undefined ? [armOf('stable', main)] : [armOf('stable', main), armOf('canary', canary)];
    const affinity = { cookie: 'point', lifetimeMillis: 3_600_000 };
    const routes = [{ service: 'web', port, preview: null, affinity, arms }];
    const taken = await client().setTable({ version, generation, routes });
    if (!taken.ok) throw new Error(`${taken.error.code} ${JSON.stringify(taken.error.facts)}`);
  }

  async function next(): Promise<Revision> {
    number += 1;
    return { revision: `revision-${number}`, replicas: await fleet.start(each) };
  }

  /** Drains them and stops them, behind what drains already. */
  function leave(replicas: readonly Replica[]): void {
    const before = leaving;
    leaving = (async () => {
      const names = replicas.map(({ replica }) => replica);
      const request = { replicas: names, requestsMillis: 1_500, websocketsMillis: 500 };
      const drained = await client().drain(request, new AbortController().signal);
      if (!drained.ok) throw new Error(drained.error.code);
      cut += drained.value.cut;
      await Promise.all(replicas.map((replica) => replica.stop()));
      await before;
    })();
    leaving.catch(() => undefined); // `settle` tells
  }

  async function ramp(canary: Revision, ...weights: readonly number[]): Promise<void> {
    for (const weight of weights) await route([stable, 100 - weight], [canary, weight]);
  }

  async function promote(canary: Revision): Promise<void> {
    const before = stable;
    stable = canary;
    await route([canary, 100]);
    leave(before.replicas);
  }

  async function replaceKilled(arm: Revision, show: (arm: Revision) => Promise<void>): Promise<Revision> {
    const [victim, ...rest] = arm.replicas;
    invariant(victim !== undefined, 'a revision has replicas');
    await callers().whileKilling(victim.replica, async () => {
      await victim.kill();
      await show({ ...arm, replicas: rest });
    });
    const whole = { ...arm, replicas: [...rest, ...(await fleet.start(1))] };
    await show(whole);
    return whole;
  }

  const ways: Record<Kind, () => Promise<void>> = {
    async 'canary, promoted'() {
      const canary = await next();
      await ramp(canary, 0, 1, 5, 10, 25, 50, 75, 100);
      await promote(canary);
    },
    async rolling() {
      const fresh = await next();
      const [first, second] = fresh.replicas;
      const [old, older] = stable.replicas;
      invariant(first && second && old && older, 'two replicas each');
      const half = { ...fresh, replicas: [first] };
      const rest = { ...stable, replicas: [older] };
      await route([stable, 67], [half, 33]);
      await route([rest, 50], [half, 50]);
      leave([old]);
      await route([rest, 33], [fresh, 67]);
      stable = rest;
      await promote(fresh);
    },
    async 'blue-green'() {
      const green = await next();
      await ramp(green, 0, 100);
      await promote(green);
    },
    async 'canary, aborted'() {
      const canary = await next();
      await ramp(canary, 10, 50, 0);
      await route([stable, 100]);
      leave(canary.replicas);
    },
    async 'blue-green, rolled back'() {
      const green = await next();
      await ramp(green, 100);
      await route([green, 100], [stable, 0]); // the one before stays warm (R9)
      await route([green, 0], [stable, 100]);
      await route([stable, 100]);
      leave(green.replicas);
    },
    async 'canary, a replica of it killed'() {
      let canary = await next();
      await ramp(canary, 50);
      canary = await replaceKilled(canary, (arm) => route([stable, 50], [arm, 50]));
      await ramp(canary, 100);
      await promote(canary);
    },
    async 'canary, a stable replica killed'() {
      const canary = await next();
      await ramp(canary, 25);
      stable = await replaceKilled(stable, (arm) => route([arm, 75], [canary, 25]));
      await ramp(canary, 100);
      await promote(canary);
    },
    async 'scaled up and down'() {
      const more = await fleet.start(each);
      const before = stable;
      await route([{ ...stable, replicas: [...stable.replicas, ...more] }, 100]);
      stable = { ...stable, replicas: more };
      await route([stable, 100]);
      leave(before.replicas);
    },
    async 'weights that change all the time'() {
      const canary = await next();
      for (let turn = 0; turn < 30; turn += 1) await ramp(canary, (turn * 37) % 101);
      await promote(canary);
    },
    async 'canary, promoted while the one before still drains'() {
      const canary = await next();
      await ramp(canary, 100);
      await promote(canary);
      const another = await next();
      await ramp(another, 50, 100);
      await promote(another);
    },
  };

  return {
    perform: (kind) => ways[kind](),
    tables: () => version,
    cut: () => cut,
    settle: () => leaving,
  };
}
