import { z } from 'zod';

export const webhookVendors = ['stripe', 'retell', 'twilio', 'ghl'] as const;
export type WebhookVendor = (typeof webhookVendors)[number];

/** What a vendor tells. The tenant is what we gave the vendor as metadata when we asked him for something. */
export const toldSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/, 'write letters, digits and _ . -'),
  type: z.string().min(1).max(100),
  tenant_id: z.uuid(),
  data: z.record(z.string(), z.unknown()).default({}),
});

export interface WebhookJob {
  readonly vendor: WebhookVendor;
  readonly told: z.output<typeof toldSchema>;
  /** Of the request that brought it, so that what is done can be found in the logs of both. */
  readonly correlationId: string;
  readonly traceparent: string;
}

/** Sums the usage of one tenant; without a tenant, puts one such job for each into the queue. */
export interface UsageJob {
  readonly tenantId: string | null;
}

export const queueNames = ['webhooks', 'usage'] as const;
export type QueueName = (typeof queueNames)[number];
export const deadLetters = (queue: QueueName) => `${queue}_dlq`;

/** Five attempts after the first, from one second on, each wait twice the last. */
export const attempts = (retries = 5, first = 1_000) => ({
  attempts: retries + 1,
  backoff: { type: 'exponential', delay: first },
});
