/** What is simulated. Money is in today's dollars, shares are in percent. */
export interface Plan {
  /** Dollars at the start. */
  readonly portfolio: number;
  /** Dollars taken out at the start of each year; grows with inflation. */
  readonly spending: number;
  readonly years: number;
  /** Percent of the portfolio in equity, restored every year; the rest is in bonds. */
  readonly equity: number;
  /** Expected inflation, percent a year. */
  readonly inflation: number;
  readonly scenarios: number;
  /** Equal seeds give equal results, on any machine and with any number of threads. */
  readonly seed: number;
}

/** A yearly return: arithmetic mean and standard deviation, as shares (0.08 is 8 %). */
export interface Return {
  readonly mean: number;
  readonly deviation: number;
}

/** What is believed of the markets. All three are lognormal, drawn anew every year. */
export interface Market {
  readonly equity: Return;
  readonly bonds: Return;
  /** Standard deviation of inflation; its mean is part of the plan. */
  readonly inflationDeviation: number;
  /** Of the logarithms. */
  readonly correlation: {
    readonly equityBonds: number;
    readonly equityInflation: number;
    readonly bondsInflation: number;
  };
}

/**
 * Round figures in the range of a century of US stocks, ten-year bonds and consumer prices (R. Shiller, "Irrational
 * Exuberance", and its data set). They are an assumption, no forecast.
 */
export const usualMarket: Market = {
  equity: { mean: 0.08, deviation: 0.17 },
  bonds: { mean: 0.042, deviation: 0.06 },
  inflationDeviation: 0.018,
  correlation: { equityBonds: 0.1, equityInflation: -0.1, bondsInflation: -0.25 },
};
