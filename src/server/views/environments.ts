import type { EnvironmentView } from '#api/browser';
import type { Release } from '#core/release';
import type { Environment } from '#core/system';
import { currentOf } from '#engine';
import type { Observation } from '#ports';
import { isOurs, type Reading, readEnvironment } from '../reading.ts';
import { releaseView } from '../status-view.ts';
import { waitsFor } from '../waits.ts';
import type { Declaration, Declarations } from './declarations.ts';
import type { DriftWatch } from './drift-watch.ts';
import type { ViewsOptions } from './options.ts';

/** All declared environments, each with how it stands to the one after it. */
export async function environmentViews(
  options: ViewsOptions,
  declarations: Declarations,
  drifts: DriftWatch,
): Promise<readonly EnvironmentView[]> {
  const declared = await declarations.all();
  const alone = await Promise.all(declared.map((declaration) => viewOf(options, declaration, drifts)));
  return withNeighbours(alone, declared);
}

type Alone = Omit<EnvironmentView, 'next' | 'ahead'>;

async function viewOf(options: ViewsOptions, declaration: Declaration, drifts: DriftWatch): Promise<Alone> {
  // Its target is not run here: nothing of it may be started, not even to look.
  if (declaration.absent !== null) return notHere(declaration);
  const { clock, inCharge, recovery } = options;
  const { name, trouble } = declaration;
  const reading = await readEnvironment(options, name);
  const { row, active, runner } = reading;
  const number = currentOf(row);
  const release = number === null ? null : await runner.ledger.release(number);
  const observation = await reading.observe();
  const known = drifts.of(reading, declaration.environment, isOurs(inCharge, name, clock));
  const warnings = (recovery?.warnings(name) ?? []).map(({ sentence }) => sentence);
  return {
    name,
    target: runner.target.can.name,
    status: row.status,
    absent: null,
    release: release === null ? null : releaseView(release),
    rollout:
      active === null ? null : { id: active.plan.id, release: active.plan.release, phase: active.phase },
    stuck: row.stuck || (active !== null && waitsFor(active)?.person === true),
    pinned: row.pinned,
    services: replicasOf(row.environment, observation, isFromAfar(reading)),
    builds: row.status === 'up' && release !== null ? buildsOf(release) : {},
    drift: known.drift,
    warnings: [...[trouble, known.trouble].filter((each) => each !== null), ...warnings],
  };
}

function notHere({ name, environment, absent, trouble }: Declaration): Alone {
  return {
    name,
    target: environment?.target ?? 'unknown',
    status: 'unknown',
    absent,
    release: null,
    rollout: null,
    stuck: false,
    pinned: false,
    services: { ready: 0, wanted: 0 },
    builds: {},
    drift: null,
    warnings: trouble === null ? [] : [trouble],
  };
}

/** Who is not in charge asks no probes: there a replica that runs is as good as it can know. */
const isFromAfar = ({ charge }: Reading) => charge !== null && !charge.ours;

/** Replicas of all services; of one that has more than it needs, as while two revisions run, those that it needs. */
function replicasOf(
  environment: Environment | null,
  observation: Observation | null,
  isFar: boolean,
): EnvironmentView['services'] {
  const services = environment?.services ?? [];
  const counts = services.map(({ name, replicas }) => {
    const there = (observation?.replicas ?? []).filter(
      ({ service, state }) => service === name && (isFar ? state !== 'stopped' : state === 'ready'),
    );
    return Math.min(replicas, there.length);
  });
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  return { ready: sum(counts), wanted: sum(services.map(({ replicas }) => replicas)) };
}

const buildsOf = ({ revisions }: Release): EnvironmentView['builds'] =>
  Object.fromEntries(revisions.map(({ service, build }) => [service, build]));

/** Adds to each where it would be promoted to, and which of its services would be new there. */
export function withNeighbours(
  alone: readonly Alone[],
  declared: readonly Declaration[],
): readonly EnvironmentView[] {
  return alone.map((view, index) => {
    const { absent } = view;
    const following = alone.findIndex((other, at) => at > index && other.absent === null);
    const next = absent === null ? alone[following] : undefined;
    if (next === undefined) return { ...view, next: null, ahead: null };
    const wanted = declared[following]?.environment?.services.map(({ name }) => name);
    return { ...view, next: next.name, ahead: aheadOf(view, next, wanted ?? Object.keys(next.builds)) };
  });
}

/** Only what the next one declares can get there. null: one of the two runs nothing. */
function aheadOf({ builds }: Alone, next: Alone, wanted: readonly string[]): readonly string[] | null {
  const isIdle = (of: Alone['builds']) => Object.keys(of).length === 0;
  if (isIdle(builds) || isIdle(next.builds)) return null;
  return wanted.filter((name) => builds[name] !== undefined && builds[name] !== next.builds[name]);
}
