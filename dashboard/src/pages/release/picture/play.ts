import type { TrafficArm, TrafficSample } from '#api/browser';
import { later } from '../../../data/index.ts';
import { token } from '../../../kit/index.ts';
import { type Colours, createFilm, type Word } from './film.ts';
import type { Flow } from './flow.ts';

export interface Player {
  readonly tell: (word: Word) => void;
  readonly end: () => void;
}

/** Puts a canvas into a box and plays on it: in a worker where the browser can, on the page where it cannot. */
export function createPlayer(box: HTMLElement): Player {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  box.prepend(canvas);
  if (!('transferControlToOffscreen' in canvas) || typeof Worker === 'undefined') return onPage(canvas);
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const offscreen = canvas.transferControlToOffscreen();
  worker.postMessage({ canvas: offscreen }, [offscreen]);
  return {
    tell: (word) => worker.postMessage(word),
    end: () => {
      worker.terminate();
      canvas.remove();
    },
  };
}

function onPage(canvas: HTMLCanvasElement): Player {
  let isOver = false;
  const tell = createFilm(canvas, {
    now: () => performance.now(),
    next: (millis, draw) =>
      void later(millis - 4, () => requestAnimationFrame((at) => (isOver ? undefined : draw(at)))),
    random: () => Math.random(),
  });
  return {
    tell,
    end: () => {
      isOver = true;
      tell({ say: 'run', moves: false });
      canvas.remove();
    },
  };
}

export const coloursNow = (): Colours => ({
  stream: token('--sunken'),
  dash: token('--ink-3'),
  quiet: [token('--stable-quiet'), token('--canary-quiet')],
  lanes: [token('--stable'), token('--canary')],
  router: token('--ink-3'),
  bad: token('--bad'),
});

/** Failures and rates as they are; a lane that answers slower than the other is drawn slower, half as fast at most. */
export function flowOf(arms: readonly TrafficArm[]): Flow {
  const of = (role: TrafficArm['role']) => arms.find((arm) => arm.role === role);
  const stable = of('stable');
  const canary = of('canary');
  const ratio = canary?.p50 != null && stable?.p50 != null && canary.p50 > 0 ? stable.p50 / canary.p50 : 1;
  return {
    rates: [stable?.rate ?? 0, canary?.rate ?? 0],
    failures: [stable?.failed ?? 0, canary?.failed ?? 0],
    speeds: [1, Math.min(1.4, Math.max(0.45, ratio))],
  };
}

/** Samples of one service. */
export const armsOf = (sample: TrafficSample | null, service: string): readonly TrafficArm[] =>
  sample?.arms.filter((arm) => arm.service === service) ?? [];
