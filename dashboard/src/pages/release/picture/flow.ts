import { heightAt, type Shape } from './shape.ts';

/** What flows now, of one service. */
export interface Flow {
  /** Requests and failures per second, stable and canary. */
  readonly rates: readonly [number, number];
  readonly failures: readonly [number, number];
  /** How fast each lane is drawn; 1 is usual. Slower answers are slower dashes. */
  readonly speeds: readonly [number, number];
}

const most = 640;
/** More dashes than that in a second are no picture any more: then each stands for several requests. */
const dashesPerSecond = 75;
const crossesPerSecond = 12;
/** Seconds from one side to the other. */
const crossing = 4;

/** How many requests a dash stands for: 1, 2, 3, 5, 10, 20, … */
export function requestsPerDash(rate: number): number {
  const least = rate / dashesPerSecond;
  if (least <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 3, 5, 10].map((each) => each * power).find((each) => each >= least) ?? least;
}

export interface Particles {
  /** Moves all by some seconds and lets new ones in. */
  readonly move: (seconds: number, flow: Flow, shape: Shape) => void;
  /** Fills the picture as if it had flowed for long: for a picture that stands still, and for the first look. */
  readonly settle: (flow: Flow, shape: Shape) => void;
  readonly draw: (
    context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
    shape: Shape,
    colours: Colours,
  ) => void;
  readonly count: () => number;
}

export interface Colours {
  readonly stream: string;
  readonly lanes: readonly [string, string];
  readonly bad: string;
}

/** Requests on their way, in typed arrays: nothing is made while they flow. */
export function createParticles(random: () => number): Particles {
  const x = new Float32Array(most);
  const y = new Float32Array(most);
  const falling = new Float32Array(most);
  const inStream = new Float32Array(most);
  const inLane = new Float32Array(most);
  const pace = new Float32Array(most);
  const lane = new Uint8Array(most);
  /** Where it fails, as a share of the width; 0: it does not. */
  const failsAt = new Float32Array(most);
  const owed = [0, 0, 0, 0];
  let count = 0;

  const enter = (own: 0 | 1, isFailure: boolean, at: number) => {
    if (count >= most) return;
    x[count] = at;
    y[count] = 0;
    falling[count] = 0;
    inStream[count] = random() - 0.5;
    inLane[count] = (random() - 0.5) * 0.86;
    pace[count] = 0.85 + 0.3 * random();
    lane[count] = own;
    failsAt[count] = isFailure ? 0.7 + 0.2 * random() : 0;
    count += 1;
  };

  const leave = (at: number) => {
    count -= 1;
    for (const column of [x, y, falling, inStream, inLane, pace, failsAt]) column[at] = column[count] ?? 0;
    lane[at] = lane[count] ?? 0;
  };

  const letIn = (seconds: number, { rates, failures }: Flow, width: number, anywhere: boolean) => {
    const per = requestsPerDash(rates[0] + rates[1]);
    const crosses = Math.min(1, crossesPerSecond / Math.max(1e-9, failures[0] + failures[1]));
    for (const own of [0, 1] as const) {
      const due = [
        ((rates[own] - failures[own]) / per) * seconds,
        failures[own] * crosses * seconds,
      ] as const;
      due.forEach((more, kind) => {
        const slot = own * 2 + kind;
        const whole = Math.max(0, (owed[slot] ?? 0) + more);
        for (let each = 0; each < Math.floor(whole); each += 1)
          enter(own, kind === 1, anywhere ? random() * width : -random() * 12);
        owed[slot] = whole % 1;
      });
    }
  };

  const own = (at: number): 0 | 1 => (lane[at] === 1 ? 1 : 0);

  return {
    count: () => count,
    settle: (flow, shape) => {
      count = 0;
      letIn(crossing, flow, shape.width, true);
    },
    move: (seconds, flow, shape) => {
      letIn(seconds, flow, shape.width, false);
      for (let at = count - 1; at >= 0; at -= 1) {
        const isBehind = (x[at] ?? 0) > shape.partsFrom;
        const speed = (shape.width / crossing) * (pace[at] ?? 1) * (isBehind ? flow.speeds[own(at)] : 1);
        const isFalling = (falling[at] ?? 0) > 0;
        x[at] = (x[at] ?? 0) + speed * seconds * (isFalling ? 0.35 : 1);
        if (isFalling) {
          falling[at] = (falling[at] ?? 0) + 260 * seconds;
          y[at] = (y[at] ?? 0) + (falling[at] ?? 0) * seconds;
        } else if ((failsAt[at] ?? 0) > 0 && (x[at] ?? 0) > (failsAt[at] ?? 0) * shape.width) {
          falling[at] = 20;
          y[at] = heightAt(shape, own(at), inStream[at] ?? 0, inLane[at] ?? 0, x[at] ?? 0);
        }
        if ((x[at] ?? 0) > shape.width + 10 || (y[at] ?? 0) > shape.height + 8) leave(at);
      }
    },
    draw: (context, shape, colours) => {
      const length = shape.width / 80 + 3;
      const dashes = (wanted: (at: number) => boolean, colour: string) => {
        context.strokeStyle = colour;
        context.beginPath();
        for (let at = 0; at < count; at += 1) {
          if ((falling[at] ?? 0) > 0 || !wanted(at)) continue;
          const front = x[at] ?? 0;
          const back = front - length * (pace[at] ?? 1);
          context.moveTo(back, heightAt(shape, own(at), inStream[at] ?? 0, inLane[at] ?? 0, back));
          context.lineTo(front, heightAt(shape, own(at), inStream[at] ?? 0, inLane[at] ?? 0, front));
        }
        context.stroke();
      };
      context.lineCap = 'round';
      context.lineWidth = 2;
      dashes((at) => (x[at] ?? 0) <= shape.partsFrom, colours.stream);
      dashes((at) => (x[at] ?? 0) > shape.partsFrom && lane[at] === 0, colours.lanes[0]);
      dashes((at) => (x[at] ?? 0) > shape.partsFrom && lane[at] === 1, colours.lanes[1]);
      context.strokeStyle = colours.bad;
      context.lineWidth = 2.25;
      context.beginPath();
      for (let at = 0; at < count; at += 1) {
        const stands = (falling[at] ?? 0) > 0;
        if (!stands) continue;
        const across = x[at] ?? 0;
        const down = y[at] ?? 0;
        context.moveTo(across - 4, down - 4);
        context.lineTo(across + 4, down + 4);
        context.moveTo(across + 4, down - 4);
        context.lineTo(across - 4, down + 4);
      }
      context.stroke();
    },
  };
}
