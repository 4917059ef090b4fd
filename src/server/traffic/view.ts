import type { TrafficSample } from '#api';

/** As it is sent: a thousandth of a request per second, or of a distance, is all that anybody can see. */
export function rounded(sample: TrafficSample): TrafficSample {
  const { gate } = sample;
  return {
    ...sample,
    arms: sample.arms.map((arm) => ({
      ...arm,
      rate: thousandths(arm.rate),
      failed: thousandths(arm.failed),
    })),
    gate:
      gate === null
        ? null
        : { ...gate, harm: share(gate.harm), proof: share(gate.proof), held: share(gate.held) },
  };
}

const thousandths = (value: number) => Math.round(value * 1_000) / 1_000;

/** 1 is the decision, so that what only comes close to it is not rounded up to it. */
const share = (value: number | null) => (value === null ? null : Math.floor(value * 1_000) / 1_000);
