import {
  type GateMode,
  isMeasured,
  type Manner,
  type Move,
  type Shift,
  type StageShare,
} from '#core/release';
import { activeAt, type Advance, type CanaryStep, type Strategy } from '#core/system';
import { type Millis, type Percent, percent } from '#kernel';
import { levels } from './order.ts';

const noTime = 0 as Millis;

/**
 * The points at which shares move; `hasChecks`: the gate names some. Services move in waves, what is needed first; services of one wave that share a
 * strategy move together. A stage speaks of every service that moves, so that each is a complete picture.
 */
export function shiftsOf(moves: readonly Move[], manner: Manner, hasChecks = false): Shift[] {
  const done = new Map<string, Share>();
  const stages: Shift[] = [];
  for (const wave of wavesOf(moves, manner)) {
    for (const { shares, ...stage } of stagesOfWave(wave, manner, hasChecks)) {
      for (const share of shares) done.set(share.service, share);
      const stepping = new Set(shares.map((share) => share.service));
      const services = moves.map((move) => {
        const share = done.get(move.service) ?? before(move);
        return { ...share, active: activeOf(move, share), stepping: stepping.has(move.service) };
      });
      stages.push({ kind: 'shift', ...stage, services });
    }
  }
  return stages;
}

type Share = Omit<StageShare, 'stepping' | 'active'>;

interface WaveStage {
  readonly name: string;
  readonly shares: readonly Share[];
  readonly hold: Millis;
  readonly gate: GateMode;
  readonly advance: Advance;
  readonly settle: Millis;
}

const atOnce = { hold: noTime, gate: 'none', advance: 'gate', settle: noTime } as const;

const before = (move: Move): Share => ({
  service: move.service,
  next: 0,
  previous: move.previousReplicas,
  weight: percent(0),
});

/** R14. A weight of consumers is a share of them: together about as many take jobs as before, and a passive revision has none. */
function activeOf(move: Move, { next, previous, weight }: Share): StageShare['active'] {
  if (!move.consumes) return null;
  const rest = percent(100 - weight);
  return {
    next: Math.min(next, activeAt(weight, move.nextReplicas)),
    previous: Math.min(previous, activeAt(rest, move.previousReplicas)),
  };
}

function wavesOf(moves: readonly Move[], manner: Manner): Move[][] {
  const [going, coming] = [
    moves.filter((move) => move.next === null),
    moves.filter((move) => move.next !== null),
  ];
  const ordered = levels(
    coming.map((move) => ({ name: move.service, needs: move.next?.spec.needs ?? [], move })),
  );
  const waves = manner === 'direct' ? [coming] : ordered.map((level) => level.map(({ move }) => move));
  const byStrategy = manner === 'declared' ? merge(waves.flatMap(splitByStrategy)) : waves;
  return [...byStrategy, going].filter((wave) => wave.length > 0);
}

function splitByStrategy(level: readonly Move[]): Move[][] {
  const groups = new Map<string, Move[]>();
  for (const move of level) {
    const key = JSON.stringify(strategyOf(move));
    groups.set(key, [...(groups.get(key) ?? []), move]);
  }
  return [...groups.values()].sort((a, b) => rank(a) - rank(b));
}

/** Within a level the ungated moves come first, so that the gated ones of two levels can be one unit. */
const rank = (wave: readonly Move[]) => (wave[0] && strategyOf(wave[0]).kind !== 'rolling' ? 1 : 0);

/** Neighbouring waves with the same steps are one: their users meet both changes at the same weight. */
function merge(waves: readonly Move[][]): Move[][] {
  return waves.reduce<Move[][]>((merged, wave) => {
    const last = merged.at(-1);
    const same =
      last?.[0] && wave[0] && JSON.stringify(strategyOf(last[0])) === JSON.stringify(strategyOf(wave[0]));
    if (last && same && rank(wave) === 1) last.push(...wave);
    else merged.push([...wave]);
    return merged;
  }, []);
}

function stagesOfWave(wave: readonly Move[], manner: Manner, hasChecks: boolean): WaveStage[] {
  const [first] = wave;
  if (first === undefined) return [];
  const names = wave.map((move) => move.service).join(', ');
  if (first.next === null) return [whole(`remove ${names}`, wave, false)];
  if (manner === 'first') return [whole(`start ${names}`, wave, false)];
  if (manner === 'direct') return [whole(`switch ${names}`, wave, true)];
  const strategy = strategyOf(first);
  // R7. Consumers whose jobs nobody counts: without a check there is nothing that could prove them, and nothing is asked to.
  const provable = hasChecks || wave.some(isMeasured);
  switch (strategy.kind) {
    case 'rolling':
      return rolling(wave, names, strategy);
    case 'canary':
      return canary(wave, names, strategy, provable);
    case 'blue-green':
      return blueGreen(wave, names, strategy, hasChecks, provable);
  }
}

function whole(name: string, wave: readonly Move[], keepPrevious: boolean): WaveStage {
  const shares = wave.map((move) => ({
    service: move.service,
    next: move.nextReplicas,
    previous: keepPrevious ? move.previousReplicas : 0,
    weight: percent(100),
  }));
  return { name, shares, ...atOnce };
}

/** R1: the new revision has replicas for its share, rounded up; the old one keeps all of its own until the end (R9). */
function canary(
  wave: readonly Move[],
  names: string,
  strategy: Strategy & { kind: 'canary' },
  provable: boolean,
): WaveStage[] {
  const { steps, by, advance } = strategy;
  const declared = steps.map((step): WaveStage => {
    const shares = wave.map((move) =>
      by === 'requests' ? ofRequests(move, step.weight) : ofReplicas(move, step.weight),
    );
    const unit = by === 'requests' ? '' : ' of the replicas';
    return { name: `canary ${step.weight} %${unit} of ${names}`, shares, ...held(step, advance, provable) };
  });
  const ended = steps.at(-1)?.weight === 100;
  return ended ? declared : [...declared, whole(`all of ${names}`, wave, by === 'requests')];
}

const held = ({ hold, gate }: CanaryStep, advance: Advance, provable: boolean) =>
  ({ hold, gate: gate && provable ? 'pass' : 'none', advance, settle: noTime }) as const;

function ofRequests(move: Move, weight: Percent): Share {
  const next = Math.max(1, Math.ceil((move.nextReplicas * weight) / 100));
  return { service: move.service, next, previous: move.previousReplicas, weight };
}

/** Every replica carries the same, so the weight is what the whole replicas give; old ones leave as new ones come. */
function ofReplicas(move: Move, weight: Percent): Share {
  const next = activeAt(weight, move.nextReplicas);
  const previous = Math.max(0, move.previousReplicas - next);
  return { service: move.service, next, previous, weight: percent(shareOf(next, previous)) };
}

/**
 * Green runs whole beside blue. First without traffic, for people at its preview address and for the checks; then by the
 * declared steps, or at once; blue stays until the end (R9).
 */
function blueGreen(
  wave: readonly Move[],
  names: string,
  { preview, steps, advance }: Strategy & { kind: 'blue-green' },
  hasChecks: boolean,
  provable: boolean,
): WaveStage[] {
  const green = (weight: Percent) =>
    wave.map((move) => ({
      service: move.service,
      next: move.nextReplicas,
      previous: move.previousReplicas,
      weight,
    }));
  // Without traffic only checks can prove something; where there are none, nothing is asked to be proven (R7).
  const looked = { hold: preview, gate: hasChecks ? 'pass' : 'none', advance, settle: noTime } as const;
  const declared = steps.map(
    (step): WaveStage => ({
      name: `green ${step.weight} % of ${names}`,
      shares: green(step.weight),
      ...held(step, advance, provable),
    }),
  );
  const stages = [{ name: `preview of ${names}`, shares: green(percent(0)), ...looked }, ...declared];
  const ended = steps.at(-1)?.weight === 100;
  return ended ? stages : [...stages, whole(`switch ${names} to green`, wave, true)];
}

/** Batch by batch; the weight is the share of the replicas, as each replica carries the same. */
function rolling(
  wave: readonly Move[],
  names: string,
  strategy: Strategy & { kind: 'rolling' },
): WaveStage[] {
  const most = Math.max(...wave.map((move) => Math.max(move.nextReplicas, move.previousReplicas)), 1);
  const batch = Math.max(1, strategy.surge > 0 ? strategy.surge : strategy.unavailable);
  const rounds = Math.ceil(most / batch);
  const stages = Array.from({ length: rounds }, (_, round): WaveStage => {
    const shares = wave.map((move): Share => {
      const next = Math.min(move.nextReplicas, (round + 1) * batch);
      const left = round + 1 === rounds ? 0 : Math.max(0, move.previousReplicas - (round + 1) * batch);
      const previous = next >= move.nextReplicas ? 0 : left;
      return { service: move.service, next, previous, weight: percent(shareOf(next, previous)) };
    });
    return {
      name: `rolling ${round + 1} of ${rounds}: ${names}`,
      shares,
      ...atOnce,
      settle: strategy.settle,
    };
  });
  return strategy.surge > 0 ? stages : [makeRoom(wave, names, batch), ...stages];
}

const shareOf = (next: number, previous: number) =>
  next + previous === 0 ? 0 : Math.round((100 * next) / (next + previous));

/** Without surge the first batch of old replicas leaves before the first new one comes. */
function makeRoom(wave: readonly Move[], names: string, batch: number): WaveStage {
  const shares = wave.map((move) => ({
    service: move.service,
    next: 0,
    previous: Math.max(0, move.previousReplicas - batch),
    weight: percent(0),
  }));
  const gap = shares.some(({ previous }) => previous === 0) ? ', which is down meanwhile' : '';
  return { name: `make room for ${names}${gap}`, shares, ...atOnce };
}

/** A service that is new has nothing to be compared with: it is started whole. */
function strategyOf(move: Move): Strategy {
  const declared = move.next?.spec.strategy;
  const whole: Strategy = { kind: 'rolling', surge: move.nextReplicas, unavailable: 0, settle: noTime };
  return move.previous === null || declared === undefined ? whole : declared;
}
