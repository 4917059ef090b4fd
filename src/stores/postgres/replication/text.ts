import type { StandbyHealth } from '../../contract.ts';

/** What people see of the standbys beside the address: `postgres 127.0.0.1:20001 (1 standby follows)`. */
export function standbysInWords(declared: number, standbys: readonly StandbyHealth[]): string {
  const following = standbys.filter(({ state }) => state === 'follows');
  const words = [
    `${following.length} of ${declared} ${declared === 1 ? 'standby' : 'standbys'} following`,
    ...following.flatMap(lagInWords),
    ...standbys.filter(({ state }) => state !== 'follows').map(stateInWords),
  ];
  return words.join('; ');
}

/** Below a second it is how often we look, not how far it is. */
function lagInWords({ number, lagBytes, lagSeconds }: StandbyHealth): readonly string[] {
  if (lagSeconds === null || lagSeconds < 1.5) return [];
  return [`standby ${number} is ${Math.round(lagSeconds)} s and ${lagBytes ?? '?'} bytes behind`];
}

const words = {
  making: 'is being copied',
  starting: 'is starting',
  away: 'is away',
  follows: 'follows',
} as const;

const stateInWords = ({ number, state, detail }: StandbyHealth) =>
  `standby ${number} ${words[state]}${detail === null ? '' : `: ${detail}`}`;
