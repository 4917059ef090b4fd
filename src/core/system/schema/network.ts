import { z } from 'zod';
import { acceptLossSchema } from './accept-loss.ts';
import { folder, host, label, text, texts } from './names.ts';
import { named, object } from './object.ts';
import { duration } from './units.ts';

export const ruleSchema = object('NetworkRule', {
  /** Service, namespace, "internet", "balancer" … */
  from: text,
  /** Service, namespace, store, vendor. */
  to: text,
  /** How: "https", "mtls", 5432 … */
  via: z.union([text, z.int()]).optional(),
});

export const tlsSchema = object('Tls', {
  /** Oldest version that is spoken. */
  minimum: z.enum(['1.2', '1.3']).optional(),
  /** Where it is spoken: at the edge only, or between services too. */
  scope: z.enum(['edge', 'everywhere']).optional(),
  /** Who issues certificates, and how they are renewed. */
  certificates: text.optional(),
  /** Both sides prove who they are. */
  mutual: z.enum(['required', 'optional', 'off']).optional(),
  /** Browsers are told to come back by HTTPS only. */
  hsts: z.boolean().optional(),
});

export const cdnSchema = object('Cdn', {
  /** Who runs it. */
  provider: text.optional(),
  /** How long answers are kept, by what they are. */
  cache: named(label, duration).optional(),
  /** It speaks HTTP/3. */
  http3: z.boolean().optional(),
  /** WebSockets pass through. */
  websockets: z.boolean().optional(),
  /** A web application firewall stands in front. */
  firewall: z.boolean().optional(),
});

export const networkSchema = object('Network', {
  /** Connections that are let through; with `deny: "rest"` nothing else is. */
  allow: z.array(ruleSchema).optional(),
  /** What happens to connections that no rule names. */
  deny: z.enum(['rest', 'nothing']).optional(),
  /** Encryption on the way. */
  tls: tlsSchema.optional(),
  /** What stands in front of the public services. */
  cdn: cdnSchema.optional(),
  /** How long names may be remembered. */
  dnsLifetime: duration.optional(),
  /** Load balancer, and how it keeps callers together. */
  balancer: text.optional(),
  /** Mesh between services. */
  mesh: text.optional(),
  /** Isolation and peering, in words. */
  isolation: texts.optional(),
  /** What is not honoured here, and why that is all right. */
  acceptLoss: acceptLossSchema.optional(),
});

/** An outside service that is called. */
export const vendorSchema = object('Vendor', {
  /** What it is used for. */
  role: text.optional(),
  /** Host names that may be called. */
  hosts: z.array(host).default([]),
  /** Folder of a program that stands in for it where there is no network. */
  stub: folder.optional(),
});
