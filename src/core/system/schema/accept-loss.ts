import { text, texts } from './names.ts';
import { object } from './object.ts';

/**
 * What is declared but cannot be honoured on a target is told as a finding (R13). This says that it is known and
 * accepted, and why.
 */
export const acceptLossSchema = object('AcceptLoss', {
  /** Why it is all right that what is declared here is not honoured. */
  reason: text,
  /** Only these fields, as the findings name them (`alerts`, `services.*.domains`). Left out: everything below this place. */
  fields: texts.optional(),
});
