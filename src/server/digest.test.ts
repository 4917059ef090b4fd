import { describe, expect, it } from 'vitest';
import type { RolloutRecord } from '#core/release';
import { aMove, aService, bench } from '#core/release/fixture';
import { instant } from '#kernel';
import { exposed, noExposure } from './digest.ts';

const { plan } = bench([aMove(aService('edge'))]).rollout;
const [ten = '', all = ''] = plan.stages.map(({ name }) => name);

/** A record of a change, as far as traffic is concerned. */
const record = (
  before: RolloutRecord['before'],
  phase: RolloutRecord['phase'],
  stage: string | null,
  act?: string,
  event = 'effectDone',
) =>
  ({
    event: { type: event },
    before,
    phase,
    stage,
    effects: act === undefined ? [] : [{ id: '1/1.1', do: act }],
  }) as unknown as RolloutRecord;

const routing = (stage: string) => record('starting', 'routing', stage, 'setRoute');
const back = record('restoring', 'clearing', null, 'drain');
const withdrawn = record('withdrawing', 'starting', ten, 'ensureReplicas');

describe('how long users were on new revisions', () => {
  const told = (...steps: readonly (readonly [number, RolloutRecord])[]) =>
    steps.reduce((exposure, [at, each]) => exposed(exposure, each, plan, instant(at)), noExposure);

  it.each([
    [
      'never, when it went back before any share moved',
      told([1_000, record('starting', 'clearing', null, 'drain')]),
      noExposure,
    ],
    [
      'since the table was sent, while it goes on',
      told([1_000, routing(ten)]),
      { from: 1_000, since: 1_000, until: null, millis: 0, most: 10 },
    ],
    [
      'to the acknowledgement of the way back',
      told([1_000, routing(ten)], [3_500, back]),
      { from: 1_000, since: null, until: 3_500, millis: 2_500, most: 10 },
    ],
    [
      'by the largest share it had',
      told([1_000, routing(ten)], [2_000, routing(all)], [3_000, back]),
      { from: 1_000, since: null, until: 3_000, millis: 2_000, most: 100 },
    ],
    [
      'together, when it was taken and given again',
      told([1_000, routing(ten)], [2_000, withdrawn], [6_000, routing(ten)], [6_500, back]),
      { from: 1_000, since: null, until: 6_500, millis: 1_500, most: 10 },
    ],
    [
      'still, when neither revision could carry all and the way back is begun again',
      told(
        [1_000, routing(ten)],
        [2_000, record('withdrawing', 'starting', ten, 'ensureReplicas', 'effectFailed')],
        [3_000, record('restoring', 'returning', null, 'ensureReplicas', 'effectFailed')],
      ),
      { from: 1_000, since: 1_000, until: null, millis: 0, most: 10 },
    ],
    [
      'still, when the way back failed',
      told([1_000, routing(ten)], [3_000, record('restoring', 'failed', null)]),
      { from: 1_000, since: 1_000, until: null, millis: 0, most: 10 },
    ],
  ])('%s', (_, exposure, expected) => expect(exposure).toEqual(expected));

  it('does not begin with a preview', () => {
    const preview = {
      ...plan,
      stages: plan.stages.map((stage) =>
        stage.kind === 'shift'
          ? { ...stage, services: stage.services.map((share) => ({ ...share, weight: 0 as never })) }
          : stage,
      ),
    };
    expect(exposed(noExposure, routing(ten), preview, instant(1_000))).toEqual(noExposure);
  });
});
