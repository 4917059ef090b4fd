import { label, name, text, texts } from './names.ts';
import { named, object } from './object.ts';
import { acceptLossSchema } from './accept-loss.ts';
import { moneyRange, share } from './units.ts';

export const costSchema = object('Cost', {
  /** What a month costs: "$300", or { from: "$200", to: "$500" }. */
  monthly: moneyRange.optional(),
  /** What it is made of. */
  lines: named(label, moneyRange).optional(),
  /** What a month costs on other targets. */
  options: named(label, moneyRange).optional(),
  /** A day above this share of the usual is an anomaly: "50%" more than the mean. */
  anomalyAbove: share.optional(),
  /** What makes it cheaper. */
  levers: texts.optional(),
  /** Labels on every resource, for the bill. */
  tags: named(name, text).optional(),
  /** What is not honoured here, and why that is all right. */
  acceptLoss: acceptLossSchema.optional(),
});
