/** Where everything lies in the picture, in CSS pixels: one stream of users that the router parts into two lanes. */
export interface Shape {
  readonly width: number;
  readonly height: number;
  /** Thickness of the whole stream. */
  readonly stream: number;
  readonly middle: number;
  /** Begin and end of where the lanes part. */
  readonly partsFrom: number;
  readonly partsTo: number;
  readonly lanes: readonly [stable: Lane, canary: Lane];
}

export interface Lane {
  readonly thick: number;
  /** Middle of its part of the stream, before it parts. */
  readonly before: number;
  readonly after: number;
}

/**
 * @param share of the canary, 0 to 1: lanes are as thick as their weight, exactly
 * @param apart 0: one lane, 1: two
 */
export function shapeOf(width: number, height: number, share: number, apart: number): Shape {
  const stream = Math.min(height * 0.46, 120);
  const gap = apart * Math.min(height * 0.24, 60);
  const middle = height / 2;
  const top = middle - (stream + gap) / 2;
  const canary = stream * share;
  const stable = stream - canary;
  return {
    width,
    height,
    stream,
    middle,
    partsFrom: width * 0.34,
    partsTo: width * 0.62,
    lanes: [
      { thick: stable, before: middle - stream / 2 + stable / 2, after: top + stable / 2 },
      { thick: canary, before: middle + stream / 2 - canary / 2, after: top + stable + gap + canary / 2 },
    ],
  };
}

/** A cubic with level ends; the same curve as a Bézier with its handles at a third and two thirds. */
const ease = (share: number) => {
  const at = Math.min(1, Math.max(0, share));
  return at * at * (3 - 2 * at);
};

/**
 * Height of a request at `x`. Before the router it is anywhere among the others (`inStream`, -0.5 to 0.5), behind it at
 * `inLane` of its lane.
 */
export function heightAt(shape: Shape, lane: 0 | 1, inStream: number, inLane: number, x: number): number {
  const { thick, before, after } = shape.lanes[lane];
  const mixed = shape.middle + inStream * shape.stream * 0.92;
  const sorted = before + inLane * thick;
  const own = after + inLane * thick;
  const sorting = ease((x - shape.partsFrom * 0.62) / (shape.partsFrom * 0.38));
  const parting = ease((x - shape.partsFrom) / (shape.partsTo - shape.partsFrom));
  const beforehand = mixed + (sorted - mixed) * sorting;
  return beforehand + (own - sorted) * parting;
}
