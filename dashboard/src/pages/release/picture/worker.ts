import { createFilm, type Word } from './film.ts';

/**
 * Draws the picture away from the page: its frames go to the screen without the page being laid out and painted thirty
 * times a second. The first message brings the canvas, all others are words.
 */
let tell: ((word: Word) => void) | null = null;

self.addEventListener('message', ({ data }: MessageEvent<Word | { readonly canvas: OffscreenCanvas }>) => {
  if ('canvas' in data)
    tell = createFilm(data.canvas, {
      now: () => performance.now(),
      next: (millis, draw) => void setTimeout(() => draw(performance.now()), millis - 1),
      random: () => Math.random(),
    });
  else tell?.(data);
});
