import { type BandColours, drawBands } from './bands.ts';
import { createParticles, type Flow } from './flow.ts';
import { shapeOf } from './shape.ts';

/** Milliseconds between two pictures: 24 a second look smooth at this pace, and cost less than half of sixty. */
const frame = 1_000 / 24;

/** What is told to a film, wherever it is drawn; plain data, so that it can be sent to a worker. */
export type Word =
  | { readonly say: 'flow'; readonly flow: Flow; readonly share: number; readonly isApart: boolean }
  | { readonly say: 'size'; readonly width: number; readonly height: number; readonly dots: number }
  | { readonly say: 'colours'; readonly colours: Colours }
  /** Whether it moves: not while nobody sees it, nor for who wants no motion. */
  | { readonly say: 'run'; readonly moves: boolean };

export interface Colours extends BandColours {
  readonly dash: string;
  readonly bad: string;
}

type Canvas = HTMLCanvasElement | OffscreenCanvas;
type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** What differs between a page and a worker. */
export interface Stage {
  readonly now: () => number;
  /** Calls back after so many milliseconds, when a picture can be shown. */
  readonly next: (millis: number, draw: (at: number) => void) => void;
  readonly random: () => number;
}

/** Plays the traffic of a service on a canvas. Answers what takes words. */
export function createFilm(canvas: Canvas, stage: Stage): (word: Word) => void {
  // The union of both kinds of canvas has no common signature for this.
  const context: Context | null = canvas.getContext('2d');
  const particles = createParticles(stage.random);
  let flow: Flow = { rates: [0, 0], failures: [0, 0], speeds: [1, 1] };
  let goal = { share: 0, apart: 0 };
  let eased: { share: number; apart: number } | null = null;
  let size = { width: 0, height: 0, dots: 1 };
  let colours: Colours | null = null;
  let moves = false;
  let isDue = false;
  let before = 0;

  const draw = (seconds: number) => {
    if (context === null || colours === null || size.width === 0) return;
    eased ??= { ...goal };
    const pull = moves ? Math.min(1, seconds * 3.5) : 1;
    eased.share += (goal.share - eased.share) * pull;
    eased.apart += (goal.apart - eased.apart) * pull;
    const shape = shapeOf(size.width, size.height, eased.share, eased.apart);
    if (!moves || particles.count() === 0) particles.settle(flow, shape);
    else particles.move(seconds, flow, shape);
    context.setTransform(size.dots, 0, 0, size.dots, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    drawBands(context, shape, colours);
    particles.draw(context, shape, { stream: colours.dash, lanes: colours.lanes, bad: colours.bad });
  };

  const isStill = () =>
    flow.rates[0] + flow.rates[1] === 0 &&
    particles.count() === 0 &&
    eased !== null &&
    Math.abs(eased.share - goal.share) + Math.abs(eased.apart - goal.apart) < 0.002;

  const schedule = () => {
    if (!moves || isDue || isStill()) return;
    isDue = true;
    stage.next(frame, (at) => {
      isDue = false;
      if (!moves) return;
      draw(Math.min(0.1, Math.max(0, at - before) / 1_000));
      before = at;
      schedule();
    });
  };

  return (word) => {
    switch (word.say) {
      case 'flow': {
        const apart = word.isApart ? 1 : 0;
        const isSame = goal.share === word.share && goal.apart === apart;
        flow = word.flow;
        goal = { share: word.share, apart };
        // A picture that stands still is drawn anew only where it would show something else.
        if (!moves && (!isSame || particles.count() === 0)) draw(0);
        break;
      }
      case 'size':
        size = word;
        canvas.width = Math.round(word.width * word.dots);
        canvas.height = Math.round(word.height * word.dots);
        draw(0.001);
        break;
      case 'colours':
        colours = word.colours;
        draw(0.001);
        break;
      case 'run':
        moves = word.moves;
        before = stage.now();
        if (!moves) draw(0);
        break;
    }
    schedule();
  };
}
