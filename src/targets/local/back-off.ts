import { type Millis, millis, seconds } from '#kernel';

/** How patient we are with a replica that does not stay up. */
export interface BackOff {
  readonly exitsInARow: number;
  /** How often in a row it found its port taken by somebody else. */
  readonly portsLost: number;
}

export const noExits: BackOff = { exitsInARow: 0, portsLost: 0 };

const first = millis(500);
const longest = seconds(30);
const stableAfter = seconds(60);
/** So often another port is tried without delay; then it is taken for an exit like any other. */
const portAttempts = 5;

/** A minute of running makes up for all exits before. A lost port is nobody's fault and does not count as a crash. */
export function afterAnExit(
  before: BackOff,
  exit: { readonly lasted: Millis; readonly lostItsPort: boolean },
): { readonly backOff: BackOff; readonly isCrash: boolean } {
  const from = exit.lasted >= stableAfter ? noExits : before;
  if (exit.lostItsPort && from.portsLost < portAttempts)
    return { backOff: { ...from, portsLost: from.portsLost + 1 }, isCrash: false };
  return { backOff: { ...from, exitsInARow: from.exitsInARow + 1 }, isCrash: true };
}

/** 0.5 s after the first exit, doubled with every one that follows, at most 30 s. */
export function delayOf({ exitsInARow }: BackOff): Millis {
  return exitsInARow === 0 ? millis(0) : millis(Math.min(longest, first * 2 ** (exitsInARow - 1)));
}
