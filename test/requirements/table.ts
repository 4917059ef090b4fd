import type { Expected } from './expectations.ts';

/** T trading-journal, C customer-service, K kianax, P planner, M maxai. */
export type Letter = 'T' | 'C' | 'K' | 'P' | 'M';

/**
 * A place and what it has to hold. The first word of the place is an environment, `*` for each of them, or `system` for what
 * no environment changes: `prod/services/edge/replicas`.
 */
export type Expectation = readonly [place: string, expected: Expected];

/**
 * One requirement. Where a system has to declare something for it, the place stands under its letter; `met` names the tests
 * and parts by which the rest of it holds, or `later` for what nothing proves yet.
 */
export interface Row extends Partial<Readonly<Record<Letter, readonly Expectation[]>>> {
  readonly about: string;
  /** Systems that ask for it. */
  readonly for: string;
  readonly met?: readonly string[];
}

export type Table = Readonly<Record<string, Row>>;

/** How many requirements each group has; their numbers begin with 01 and leave none out. */
export const groups = {
  ENV: 13,
  TOP: 20,
  NET: 20,
  REL: 18,
  PRB: 12,
  MIG: 6,
  PIP: 17,
  SCL: 16,
  DBS: 7,
  RED: 7,
  OBJ: 3,
  N8N: 1,
  CCH: 4,
  CFG: 13,
  FLG: 2,
  RES: 9,
  OBS: 16,
  ALR: 11,
  BDR: 11,
  GRD: 10,
  CMP: 3,
  CST: 7,
  IAC: 5,
  RUN: 9,
  PHS: 10,
  ROL: 5,
  APP: 7,
} as const;

export function everyId(): readonly string[] {
  return Object.entries(groups).flatMap(([group, number]) =>
    Array.from({ length: number }, (_, index) => `${group}-${String(index + 1).padStart(2, '0')}`),
  );
}
