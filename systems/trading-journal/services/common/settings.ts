import { flag } from 'fairway-kit';

/** Flags stand on their safest side unless the platform says otherwise. */
export const flagSettings = {
  heuristicsOnly: flag('FLAG_HEURISTICS_ONLY', true),
  vendorFallback: flag('FLAG_FEATURE_VENDOR_FALLBACK', false),
  binance: flag('FLAG_FEATURE_BINANCE', false),
} as const;
