import type { Random } from '#kernel';

/**
 * When a certificate is renewed: after two thirds of its life, give or take a thirtieth of it, so that many machines do not
 * ask at one moment (as Let's Encrypt advises). Milliseconds since 1970.
 */
export function renewalOf(
  { notBefore, notAfter }: { readonly notBefore: number; readonly notAfter: number },
  random: Random,
): number {
  const life = notAfter - notBefore;
  return Math.round(notBefore + (life * 2) / 3 + (random() - 0.5) * (life / 15));
}

/**
 * When a failed attempt is repeated: after `first`, then twice as long each time, up to half a day (authorities count failed
 * attempts per hour and account), with a quarter of it left to chance.
 */
export function retryOf(
  { failures, now, first }: { readonly failures: number; readonly now: number; readonly first: number },
  random: Random,
): number {
  const wait = Math.min(first * 2 ** Math.min(30, failures - 1), longestWait);
  return Math.round(now + wait * (0.75 + random() / 2));
}

const longestWait = 12 * 3_600_000;
