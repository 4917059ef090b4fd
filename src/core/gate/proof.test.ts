import { describe, expect, it } from 'vitest';
import { addToProof, noProof } from './proof.ts';

describe('a proof', () => {
  it('stands from 1/β on, until its e-value falls below 1', () => {
    const steps = [2.9, 0.2, -2, -1, -0.2, 2, 1.2];
    const stood: boolean[] = [];
    steps.reduce((proof, increment) => {
      const next = addToProof(proof, increment, 0.05);
      stood.push(next.stands);
      return next;
    }, noProof);
    // ln 20 = 3.0:        2.9    3.1   1.1   0.1   −0.1   1.9    3.1
    expect(stood).toEqual([false, true, true, true, false, false, true]);
  });
});
