import type { Pool } from 'undici';
import { err, invariant, millis, ok, type Result } from '#kernel';
import { checkPlan } from './check.ts';
import { type Exchange, exchange, isExpected, openPool } from './exchange.ts';
import { logIn } from './login.ts';
import { type Pacing, pace, type Send } from './pace.ts';
import type { LoadPlan, PlannedRequest } from './plan.ts';
import type { FailureKind, LoadReport } from './report.ts';
import { holdSockets } from './sockets.ts';
import { createTally, type Tally } from './tally.ts';
import { createUsers, rememberCookies, type VirtualUser, wireRequest } from './user.ts';
import type { LoadWorld } from './world.ts';

/** Load that runs. */
export interface LoadRun {
  /** The report as it is at this moment. */
  snapshot(): LoadReport;
  /** The final report. */
  readonly done: Promise<LoadReport>;
}

/**
 * Puts load on a system and reports what came back: to the plan's end, or until `world.signal` is aborted.
 * Failures: `load_plan_invalid`, `load_remote_target`, `load_login_failed`. What fails under load is in the report.
 */
export async function driveLoad(plan: LoadPlan, world: LoadWorld): Promise<Result<LoadReport>> {
  const run = await startLoad(plan, world);
  return run.ok ? ok(await run.value.done) : run;
}

/** As `driveLoad`, for callers who want to look while it runs; resolves when the users are logged in. */
export async function startLoad(plan: LoadPlan, world: LoadWorld): Promise<Result<LoadRun>> {
  const target = checkPlan(plan);
  if (!target.ok) return target;
  const prefix = target.value.pathname.replace(/\/$/, '');
  const pool = openPool(target.value, plan);
  const users = createUsers(plan.users);
  const failure = await logIn(pool, plan, users, world, prefix);
  if (failure !== null) {
    await pool.destroy();
    return err(failure);
  }
  return ok(runLoad({ plan, world, pool, users, target: target.value, prefix }));
}

interface Run {
  readonly plan: LoadPlan;
  readonly world: LoadWorld;
  readonly pool: Pool;
  readonly users: readonly [VirtualUser, ...VirtualUser[]];
  readonly target: URL;
  readonly prefix: string;
}

function runLoad({ plan, world, pool, users, target, prefix }: Run): LoadRun {
  const tally = createTally(world.clock);
  const started = world.clock.now();
  const ending = new AbortController();
  const sockets = plan.sockets === null ? null : { ...plan.sockets, path: prefix + plan.sockets.path };
  const url = `${target.origin.replace(/^http/, 'ws')}${sockets?.path ?? ''}`;
  const holding =
    sockets === null
      ? Promise.resolve()
      : holdSockets(sockets, { url, timeout: plan.timeout }, users, { world, tally, ending: ending.signal });

  const pacing: Pacing = pace(plan, world, sender({ plan, world, pool, users, prefix, tally }), progress());
  const snapshot = () => {
    const { state, planned, sent, late, elapsed } = pacing;
    return tally.report({ started, elapsed: millis(elapsed), state, planned, sent, late });
  };

  function progress(): (now: number) => void {
    let next = world.monotonic() + 1_000;
    return (now) => {
      if (now < next) return;
      next += 1_000 * Math.ceil((now - next + 1) / 1_000);
      world.onProgress?.(snapshot());
    };
  }

  async function finish(): Promise<LoadReport> {
    try {
      await pacing.done;
    } finally {
      ending.abort();
      await Promise.all([holding, pool.destroy()]);
    }
    return snapshot();
  }
  return { snapshot, done: finish() };
}

const sampleText = 200;

/** Sends requests drawn from the mix, by the users in turn, and counts what becomes of them. */
function sender({ plan, world, pool, users, prefix, tally }: Omit<Run, 'target'> & { tally: Tally }): Send {
  const draw = drawer(plan.mix, world);
  const csrf = plan.session?.csrf ?? null;
  return async (number, intended, signal) => {
    const planned = draw();
    const user = users[(number - 1) % users.length] ?? users[0];
    const wire = wireRequest({ ...planned, path: prefix + planned.path }, user, number, csrf);
    const outcome = await exchange(pool, wire, sampleText, signal);
    if (outcome.kind === 'cancelled') return tally.cancelled();
    if (outcome.headers !== null) rememberCookies(user, outcome.headers['set-cookie'], world.clock);
    const measured = outcome.kind === 'answered' || outcome.kind === 'timeout';
    const revision = outcome.headers?.['x-fairway-revision'];
    tally.finished({
      request: `${wire.method} ${wire.path}`,
      failure: failureOf(outcome, planned.expect),
      status: outcome.kind === 'answered' ? outcome.status : null,
      revision: typeof revision === 'string' ? revision : null,
      latency: measured ? millis(Math.max(0, world.monotonic() - intended)) : null,
      text: outcome.text,
    });
  };
}

function failureOf(
  outcome: Exclude<Exchange, { kind: 'cancelled' }>,
  expect: PlannedRequest['expect'],
): FailureKind | null {
  if (outcome.kind !== 'answered') return outcome.kind;
  const { status } = outcome;
  if (isExpected(status, expect)) return null;
  if (status >= 500) return 'status_5xx';
  return status >= 400 ? 'status_4xx' : 'unexpected_status';
}

/** Draws planned requests by their weights. */
function drawer(mix: readonly PlannedRequest[], { random }: LoadWorld): () => PlannedRequest {
  const total = mix.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let left = random() * total;
    const found = mix.find(({ weight }) => (left -= weight) < 0) ?? mix.at(-1);
    invariant(found !== undefined, 'a rate needs a request to send');
    return found;
  };
}
