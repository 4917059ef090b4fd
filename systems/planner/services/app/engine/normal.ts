import { nextBits, nextUniform, type RandomState } from './random.ts';

/** Right edge of the lowest layer, and the area of each of the 128 layers: they follow from each other. */
const layers = 128;
const edge = 3.442619855899;
const area = 9.91256303526217e-3;

const density = (x: number) => Math.exp(-0.5 * x * x);
const widths = layerWidths();
const inner = Float64Array.from(
  { length: layers },
  (_, i) => (widths[i + 1] as number) / (widths[i] as number),
);

/**
 * A standard normal variate by the ziggurat of G. Marsaglia and W. W. Tsang, "The ziggurat method for generating random
 * variables", Journal of Statistical Software 5 (2000), with J. A. Doornik's correction (2005): the layer and the place in
 * it come from different random words. Index and casts are sound: seven bits choose among 128 layers.
 */
export function nextNormal(state: RandomState): number {
  for (;;) {
    const layer = nextBits(state) & (layers - 1);
    const side = (nextBits(state) + 0.5) * 2 ** -31;
    const x = side * (widths[layer] as number);
    if (Math.abs(side) < (inner[layer] as number)) return x;
    if (layer === 0) return tail(state, side < 0);
    const low = density(widths[layer] as number);
    const high = density(widths[layer + 1] as number);
    if (low + nextUniform(state) * (high - low) < density(x)) return x;
  }
}

/** Beyond the edge, by G. Marsaglia, "Generating a variable from the tail of the normal distribution" (1964). */
function tail(state: RandomState, isNegative: boolean): number {
  for (;;) {
    const beyond = -Math.log(nextUniform(state)) / edge;
    if (-2 * Math.log(nextUniform(state)) >= beyond * beyond)
      return isNegative ? -(edge + beyond) : edge + beyond;
  }
}

/** Where each layer ends on the right; the lowest is widened to hold the area of the tail. */
function layerWidths(): Float64Array {
  const ends = new Float64Array(layers + 1);
  ends[0] = area / density(edge);
  let end = edge;
  for (let layer = 1; layer < layers; layer++) {
    ends[layer] = end;
    end = Math.sqrt(-2 * Math.log(area / end + density(end)));
  }
  return ends;
}
