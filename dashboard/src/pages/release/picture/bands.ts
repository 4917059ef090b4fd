import type { Shape } from './shape.ts';

export interface BandColours {
  readonly stream: string;
  readonly quiet: readonly [string, string];
  readonly lanes: readonly [string, string];
  readonly router: string;
}

/** What stands still: the stream, both lanes with their ends, the router. */
export function drawBands(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  shape: Shape,
  colours: BandColours,
): void {
  const { width, middle, stream, partsFrom, lanes } = shape;
  context.fillStyle = colours.stream;
  context.fillRect(0, middle - stream / 2, partsFrom, stream);
  lanes.forEach((lane, at) => {
    if (lane.thick < 0.5) return;
    context.fillStyle = colours.quiet[at] ?? '';
    band(context, shape, lane.before, lane.after, lane.thick);
    context.fillStyle = colours.lanes[at] ?? '';
    context.beginPath();
    context.roundRect(width - 5, lane.after - lane.thick / 2, 5, Math.max(3, lane.thick), 2.5);
    context.fill();
  });
  context.fillStyle = colours.router;
  context.beginPath();
  context.roundRect(partsFrom - 3, middle - stream / 2 - 8, 6, stream + 16, 3);
  context.fill();
}

function band(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  { partsFrom, partsTo, width }: Shape,
  before: number,
  after: number,
  thick: number,
): void {
  const half = thick / 2;
  const third = (partsTo - partsFrom) / 3;
  context.beginPath();
  context.moveTo(partsFrom, before - half);
  context.bezierCurveTo(
    partsFrom + third,
    before - half,
    partsTo - third,
    after - half,
    partsTo,
    after - half,
  );
  context.lineTo(width - 2, after - half);
  context.lineTo(width - 2, after + half);
  context.lineTo(partsTo, after + half);
  context.bezierCurveTo(
    partsTo - third,
    after + half,
    partsFrom + third,
    before + half,
    partsFrom,
    before + half,
  );
  context.closePath();
  context.fill();
}
