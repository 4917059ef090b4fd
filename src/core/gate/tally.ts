/** So many of so many. */
export interface Tally {
  readonly hits: number;
  readonly trials: number;
}

/** The same count on both arms, in the same span of time. */
export interface Arms {
  readonly stable: Tally;
  readonly canary: Tally;
}
