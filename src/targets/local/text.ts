import type { Millis } from '#kernel';

/** `trading-edge` → `TRADING_EDGE`: the form in which names appear in environment variables. */
export const variableName = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '_');

/** 1500 → `1.5 s`, 250 → `250 ms`: lengths of time in the sentences people read. */
export const inWords = (length: Millis): string =>
  length < 1_000 ? `${Math.round(length)} ms` : `${Number((length / 1_000).toFixed(1))} s`;

/** 100663296 → `96 MiB`. */
export const inMebibytes = (size: number): string => `${Math.round(size / 1_048_576)} MiB`;
