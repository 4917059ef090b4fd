import { z } from 'zod';
import { count, label, text, texts, urlPath } from './names.ts';
import { named, object } from './object.ts';
import { duration, rate, size } from './units.ts';

export const rateLimitSchema = object('RateLimit', {
  /** How many requests are let through. */
  limit: rate,
  /** Whose requests are counted together. */
  per: z.enum(['ip', 'user', 'tenant', 'all']).default('ip'),
  /** Only requests to these paths are counted. */
  paths: z.array(urlPath).optional(),
  /** Requests that may come at once before the limit slows them down. */
  burst: count.optional(),
});

export const inputRuleSchema = object('InputRule', {
  /** Smallest value that is let in. */
  min: z.number().optional(),
  /** Largest value that is let in. */
  max: z.number().optional(),
  /** What the number counts: "dollars", "years" … */
  unit: text.optional(),
  /** Largest file or body. */
  size: size.optional(),
  /** What is taken out or refused, in words. */
  rule: text.optional(),
});

export const protectionSchema = object('Protection', {
  /** How many requests are let through, by name of the rule. */
  rateLimits: named(label, rateLimitSchema).optional(),
  /** Security headers set on answers. */
  headers: texts.optional(),
  /** Forged requests from other sites are refused. */
  csrf: z.boolean().optional(),
  /** A web application firewall stands in front. */
  firewall: z.boolean().optional(),
  /** Largest body of a request. */
  bodyLimit: size.optional(),
  /** Callers prove who they are. */
  authentication: z.enum(['cookie', 'jwt', 'hmac', 'oauth', 'none']).optional(),
  /** A signed request older than this is refused. */
  signatureSkew: duration.optional(),
  /** A repeated POST with the same Idempotency-Key gets the first answer for so long. */
  idempotencyKept: duration.optional(),
  /** Who did what is written to a log that cannot be changed. */
  audit: z.boolean().optional(),
  /** What values the program lets in, by field. */
  inputs: named(label, inputRuleSchema).optional(),
});
