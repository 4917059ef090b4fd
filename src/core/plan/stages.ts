import type { Manner, Move, Stage, StageShare } from '#core/release';
import type { Strategy } from '#core/system';
import { type Millis, percent } from '#kernel';
import { levels } from './order.ts';

const noTime = 0 as Millis;

/**
 * The points a rollout passes. Services move in waves, what is needed first; services of one wave that share a
 * strategy move together. A stage speaks of every service that moves, so that each is a complete picture.
 */
export function stagesOf(moves: readonly Move[], manner: Manner): Stage[] {
  const done = new Map<string, Share>();
  const stages: Stage[] = [];
  for (const wave of wavesOf(moves, manner)) {
    for (const { name, shares, hold, gate, settle } of stagesOfWave(wave, manner)) {
      for (const share of shares) done.set(share.service, share);
      const stepping = new Set(shares.map((share) => share.service));
      const services = moves.map((move) => {
        const share = done.get(move.service) ?? before(move);
        return { ...share, stepping: stepping.has(move.service) };
      });
      stages.push({ name, services, hold, gate, settle });
    }
  }
  return stages;
}

type Share = Omit<StageShare, 'stepping'>;

interface WaveStage {
  readonly name: string;
  readonly shares: readonly Share[];
  readonly hold: Millis;
  readonly gate: boolean;
  readonly settle: Millis;
}

const before = (move: Move): Share => ({
  service: move.service,
  next: 0,
  previous: move.previousReplicas,
  weight: percent(0),
});

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

/** Within a level the ungated moves come first, so that the gated ones of two levels can be one canary. */
const rank = (wave: readonly Move[]) => (wave[0] && strategyOf(wave[0]).kind === 'canary' ? 1 : 0);

/** Neighbouring canaries with the same steps are one: their users meet both changes at the same weight. */
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

function stagesOfWave(wave: readonly Move[], manner: Manner): WaveStage[] {
  const [first] = wave;
  if (first === undefined) return [];
  const names = wave.map((move) => move.service).join(', ');
  if (first.next === null) return [whole(`remove ${names}`, wave, false)];
  if (manner === 'first') return [whole(`start ${names}`, wave, false)];
  if (manner === 'direct') return [whole(`switch ${names}`, wave, true)];
  const strategy = strategyOf(first);
  return strategy.kind === 'canary' ? canary(wave, names, strategy) : rolling(wave, names, strategy);
}

function whole(name: string, wave: readonly Move[], keepPrevious: boolean): WaveStage {
  const shares = wave.map((move) => ({
    service: move.service,
    next: move.nextReplicas,
    previous: keepPrevious ? move.previousReplicas : 0,
    weight: percent(100),
  }));
  return { name, shares, hold: noTime, gate: false, settle: noTime };
}

/** R1: the new revision has replicas for its share, rounded up; the old one keeps all of its own until the end (R9). */
function canary(wave: readonly Move[], names: string, strategy: Strategy & { kind: 'canary' }): WaveStage[] {
  const declared = strategy.steps.map(({ weight, hold, gate }) => {
    const shares = wave.map((move) => ({
      service: move.service,
      next: Math.max(1, Math.ceil((move.nextReplicas * weight) / 100)),
      previous: move.previousReplicas,
      weight,
    }));
    return { name: `canary ${weight} % of ${names}`, shares, hold, gate, settle: noTime };
  });
  const ended = strategy.steps.at(-1)?.weight === 100;
  return ended ? declared : [...declared, { ...whole(`all of ${names}`, wave, true) }];
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
      hold: noTime,
      gate: false,
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
  return { name: `make room for ${names}`, shares, hold: noTime, gate: false, settle: noTime };
}

/** A service that is new has nothing to be compared with: it is started whole. */
function strategyOf(move: Move): Strategy {
  const declared = move.next?.spec.strategy;
  const atOnce: Strategy = { kind: 'rolling', surge: move.nextReplicas, unavailable: 0, settle: noTime };
  return move.previous === null || declared === undefined ? atOnce : declared;
}
