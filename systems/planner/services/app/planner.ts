import { type Clock, currentRequest, type Log, type Tracing } from 'fairway-kit';
import type { Activity } from './activity.ts';
import { alternativesOf, type Analysis, analysisOf } from './analysis.ts';
import type { TitledPlan } from './api/limits.ts';
import type { Cache } from './cache/levels.ts';
import type { Plan } from './engine/plan.ts';
import { idOf, type Simulation, simulationOf } from './simulations.ts';
import type { AuditEntry, PlannerStore } from './store/store.ts';
import type { Writer } from './store/writer.ts';
import type { Engine } from './threads/engine.ts';
import type { Pool } from './threads/pool.ts';

/** What the planner does, for one request. Rejects with a PoolError when a thread is not to be had in time. */
export interface Planner {
  simulate(plan: Plan, signal: AbortSignal): Promise<Answer>;
  /** Null when nobody has simulated it, or it is long ago. */
  find(id: string): Promise<Buffer | null>;
  analyse(plan: Plan, signal: AbortSignal): Promise<Analysis & { readonly simulation: string }>;
  report(plan: TitledPlan, signal: AbortSignal): Promise<Buffer>;
  audit(entry: Pick<AuditEntry, 'action' | 'subject' | 'plan' | 'success'>): void;
}

/** A simulation as JSON, and whether it was at hand. */
export interface Answer {
  readonly json: Buffer;
  readonly isFromCache: boolean;
}

export interface PlannerWorld {
  readonly engine: Engine;
  readonly printers: Pool;
  readonly cache: Cache;
  readonly store: PlannerStore;
  readonly writer: Writer;
  readonly activity: Activity;
  readonly tracing: Pick<Tracing, 'span'>;
  readonly log: Log;
  readonly clock: Clock;
}

const reportTimeout = 30_000;

export function createPlanner(world: PlannerWorld): Planner {
  const { engine, printers, cache, store, writer, activity, tracing, log, clock } = world;

  async function simulate(plan: Plan, signal: AbortSignal): Promise<Answer> {
    const id = idOf(plan);
    const known = await cache.get(id);
    if (known !== undefined) return { json: known, isFromCache: true };
    const begun = performance.now();
    const outcome = await recorded('simulate', plan.scenarios, () =>
      engine.simulate(plan, { span: (...all) => tracing.span(...all), signal }),
    );
    activity.simulated(whoAsks(), plan.scenarios, (performance.now() - begun) / 1_000);
    return tracing.span('cache_results', {}, () => {
      const json = Buffer.from(JSON.stringify(simulationOf(plan, outcome)));
      cache.set(id, json);
      writer.add(id, () => store.keep(id, json));
      return Promise.resolve({ json, isFromCache: false });
    });
  }

  const simulationFor = async (plan: Plan, signal: AbortSignal) =>
    JSON.parse((await simulate(plan, signal)).json.toString()) as Simulation;

  async function analysed(plan: Plan, signal: AbortSignal) {
    const simulation = await simulationFor(plan, signal);
    const tried = await Promise.all(
      alternativesOf(simulation).map(async (change) => {
        const { success } = await simulationFor({ ...plan, ...change }, signal);
        return { change, success };
      }),
    );
    return { simulation, analysis: analysisOf(simulation, tried) };
  }

  return {
    simulate,
    async find(id) {
      const known = (await cache.get(id)) ?? (await store.find(id));
      if (known !== null) cache.set(id, known);
      return known;
    },
    async analyse(plan, signal) {
      const { simulation, analysis } = await analysed(plan, signal);
      activity.analysed();
      return { ...analysis, simulation: simulation.id };
    },
    async report(plan, signal) {
      const { simulation, analysis } = await analysed(withoutTitle(plan), signal);
      const given = { plan, simulation, analysis, at: clock.now() };
      const pdf = await recorded('report', plan.scenarios, () =>
        tracing.span('render_charts', {}, () =>
          printers.run({ name: 'report', given }, { timeout: reportTimeout, signal }),
        ),
      );
      activity.printed();
      return Buffer.from(pdf as Uint8Array);
    },
    audit({ action, subject, plan, success }) {
      const context = currentRequest();
      const userId = context?.userId ?? null;
      const correlationId = context?.correlationId ?? null;
      const entry = { at: clock.now(), userId, correlationId, action, subject, plan, success };
      log.audit(action, { operation: action, subject, plan, success });
      writer.add('a line of the audit log', () => store.audit(entry));
    },
  };

  /** One record of the log per simulation and report, whatever becomes of it. */
  async function recorded<T>(operation: string, scenarios: number, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    let success = false;
    try {
      const value = await work();
      success = true;
      return value;
    } finally {
      const duration_ms = Math.round((performance.now() - begun) * 10) / 10;
      log.operation({ operation, duration_ms, scenarios, success });
    }
  }
}

/** For counting people: the user, or the address of somebody unknown. */
export const whoAsks = (): string => currentRequest()?.userId ?? currentRequest()?.address ?? 'unknown';

/** A title is nobody else's business: it is neither part of the id nor kept with the simulation. */
export function withoutTitle({ title: _title, ...plan }: TitledPlan): Plan {
  return plan;
}
