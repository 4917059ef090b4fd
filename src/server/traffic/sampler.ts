import type { TrafficArm, TrafficSample } from '#api';
import { type Evidence, quantile } from '#core/gate';
import type { Rollout } from '#core/release';
import { currentOf, type Engine, type Runner } from '#engine';
import { between, type Clock, type Millis, millis, seconds } from '#kernel';
import type { Observation } from '#ports';
import { type InCharge, isOurs } from '../reading.ts';
import { sharesOf, type TrafficShare } from './arms.ts';
import { gateSample } from './gate.ts';
import { createMeter, keyOf, type Measured } from './meter.ts';

export interface SamplerOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  /** Who may change an environment; left out: this process is the only one. */
  readonly inCharge?: InCharge | undefined;
}

/** At most four samples a second while a release is under way; at rest no more than there are looks. */
const paces = { moving: millis(250), resting: seconds(1), away: seconds(2), trouble: seconds(5) };

/** Makes samples of one environment until it is ended, out of what the engine has seen anyway: the target is asked nothing. */
export async function sampleWhile(
  options: SamplerOptions,
  environment: string,
  ended: AbortSignal,
  add: (sample: TrafficSample) => void,
): Promise<void> {
  const look = createLook(options, environment, add);
  while (!ended.aborted) {
    const pause = await look().catch(() => paces.trouble); // the store is away, which others report
    await options.clock.sleep(pause, ended);
  }
}

function createLook(options: SamplerOptions, environment: string, add: (sample: TrafficSample) => void) {
  const { engine, clock, inCharge } = options;
  let meter = createMeter();
  let last: Observation | null = null;
  /** The rollout of the last sample: how it ended is told once more. */
  let told: number | null = null;
  const begin = (seen: Observation | null) => {
    meter = createMeter();
    if (seen !== null) meter.look(countedIn(seen));
    last = seen;
    told = null;
  };
  const toldOf = async (runner: Runner, rollout: Rollout | null): Promise<Rollout | null> =>
    told === null || told === rollout?.plan.id ? rollout : runner.ledger.rollout(told);

  return async function look(): Promise<Millis> {
    const runner = isOurs(inCharge, environment, clock) ? await engine.runner(environment) : null;
    if (runner?.ledger.environment.status !== 'up') {
      begin(null);
      return paces.away;
    }
    const seen = await runner.observation();
    if (seen === null) return paces.trouble;
    const rollout = runner.active();
    const pause = rollout === null ? paces.resting : paces.moving;
    if (seen === last) return pause;
    // Without a look before it there is nothing to take the difference to, nor when the clock was set back.
    if (last === null || seen.at <= last.at) {
      begin(seen);
      return pause;
    }
    const given = await shares(runner, rollout);
    const shown = await toldOf(runner, rollout);
    const span = between(last.at, seen.at);
    last = seen;
    told = rollout?.plan.id ?? null;
    add({
      at: seen.at,
      millis: span,
      arms: armsOf(given, meter.look(countedIn(seen)), seen, span),
      gate: shown === null ? null : gateSample(shown, clock.now()),
    });
    return pause;
  };
}

const countedIn = ({ unread, router }: Observation) => ({ unread, counts: router.counts });

async function shares({ ledger }: Runner, rollout: Rollout | null): Promise<readonly TrafficShare[]> {
  const current = currentOf(ledger.environment);
  const release = current === null ? null : await ledger.release(current);
  return sharesOf(rollout, release?.revisions ?? []);
}

/** Of every revision that has a share, and of those that answered although they have none any more. */
function armsOf(
  given: readonly TrafficShare[],
  measured: ReadonlyMap<string, Measured>,
  seen: Observation,
  span: Millis,
): readonly TrafficArm[] {
  const known = new Set(given.map(keyOf));
  const others = [...measured.entries()]
    .filter(([key]) => !known.has(key))
    .map(([, { service, revision }]) => ({ service, revision, role: 'stable' as const, weight: 0 }));
  return [...given, ...others].map((share) =>
    armOf(share, measured.get(keyOf(share))?.evidence ?? null, seen, span),
  );
}

function armOf(share: TrafficShare, evidence: Evidence | null, seen: Observation, span: Millis): TrafficArm {
  const perSecond = (count: number) => count / (span / 1_000);
  return {
    ...share,
    ready: seen.replicas.filter(({ revision, state }) => revision === share.revision && state === 'ready')
      .length,
    rate: perSecond(evidence?.requests ?? 0),
    failed: perSecond(evidence?.failures ?? 0),
    p50: quantileOf(evidence, 0.5),
    p95: quantileOf(evidence, 0.95),
    p99: quantileOf(evidence, 0.99),
  };
}

/** A bound of a bucket: three figures are all it knows. */
function quantileOf(evidence: Evidence | null, share: number): number | null {
  const bound = evidence === null ? null : quantile(evidence, share);
  return bound === null || !Number.isFinite(bound) ? null : Number(bound.toPrecision(3));
}
