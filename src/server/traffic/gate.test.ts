import { describe, expect, it } from 'vitest';
import { aGate, aMove, aPolicy, aService, bench, canaryOf, counts, stableOf } from '#core/release/fixture';
import { type Instant, type Millis, minutes, seconds } from '#kernel';
import { gateSample } from './gate.ts';

/** A canary in its first step of 20 s, since a moment. */
function stepping(gate: Partial<typeof aGate> = {}) {
  const b = bench([aMove(aService('edge'))], { policy: { ...aPolicy, gate: { ...aGate, ...gate } } });
  b.begin();
  b.run();
  const { rollout } = b;
  if (rollout.phase !== 'holding') throw new Error(`it is ${rollout.phase}`);
  const at = (length: number) => (rollout.since + length * 1_000) as Instant;
  return { b, at };
}

describe('the gate of a sample', () => {
  it('tells how much of the hold has passed, and the step', () => {
    const { b, at } = stepping();
    expect(gateSample(b.rollout, at(0))).toMatchObject({ rollout: 1, stage: 'canary 10 % of edge', held: 0 });
    expect(gateSample(b.rollout, at(5))).toMatchObject({ held: 0.25 });
    expect(gateSample(b.rollout, at(90))).toMatchObject({ held: 1 });
  });

  it('tells no distance of a proof where no proof ends the step, and the least hold where one does', () => {
    const { b, at } = stepping();
    expect(gateSample(b.rollout, at(5)).proof).toBe(null);
    const other = stepping({ promote: 'onEvidence', minimumHold: seconds(10) });
    other.b.send({ type: 'measured', counts: [counts(stableOf(other.b.rollout), 100, 0)] });
    expect(gateSample(other.b.rollout, other.at(5)).proof).toBe(null); // nobody to compare with yet
  });

  it('comes to a harm of 1 with the words of the gate when it takes the release back', () => {
    const { b, at } = stepping();
    const canary = canaryOf(b.rollout);
    expect(gateSample(b.rollout, at(1)).harm).toBe(0);
    const told: (number | null)[] = [];
    for (let look = 1; look <= 6 && b.phase === 'holding'; look++) {
      b.send({
        type: 'measured',
        counts: [counts(canary, look * 20, look * 3), counts(stableOf(b.rollout), look * 180, look)],
      });
      told.push(gateSample(b.rollout, at(3 * look)).harm);
      b.wait(3 * look);
    }
    expect(b.phase).not.toBe('holding');
    expect(told.at(-1)).toBe(1);
    expect(told.toSorted((x, y) => (x ?? 0) - (y ?? 0))).toEqual(told);
    expect(told.some((harm) => harm !== null && harm > 0 && harm < 1)).toBe(true);
    const { verdict, signals, held } = gateSample(b.rollout, at(30));
    expect([verdict, held]).toEqual(['fail', null]);
    expect(signals.find(({ state }) => state === 'bad')).toMatchObject({
      name: 'errors',
      subject: 'edge',
      against: 100,
      sentence: expect.stringContaining('canary requests failed'),
    });
  });

  it('gives the same signals as long as the verdict is the same', () => {
    const { b, at } = stepping();
    b.send({ type: 'measured', counts: [counts(canaryOf(b.rollout), 20, 0)] });
    const { signals } = gateSample(b.rollout, at(1));
    expect(signals.length).toBeGreaterThan(0);
    expect(gateSample(b.rollout, at(2)).signals).toBe(signals);
  });

  it('lets a proof come no closer than the least hold, nor than the time of its margin', () => {
    const proofAt = (minimumHold: Millis, second: number) => {
      const { b, at } = stepping({ promote: 'onEvidence', minimumHold });
      const { rollout } = b;
      for (let look = 1; look <= 8; look++) {
        const both = [
          counts(canaryOf(rollout), look * 400, 0),
          counts(stableOf(rollout), look * 3_600, look),
        ];
        b.send({ type: 'measured', counts: both });
        b.wait(1);
      }
      expect(b.phase).toBe('holding');
      expect(b.rollout.watch.services[0]?.comparison.at).toBe(8);
      return gateSample(b.rollout, at(second)).proof;
    };
    expect(proofAt(minutes(10), 6)).toBeCloseTo(6 / 600, 9);
    expect(proofAt(minutes(1), 6)).toBeCloseTo(8 / 300, 9); // of five minutes
  });
});
