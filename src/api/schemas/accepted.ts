import { z } from 'zod';
import type { View } from './base.ts';

/** What was asked for is under way. */
export const acceptedSchema = z
  .strictObject({
    /** The story of the request is told by entries after this sequence. */
    after: z.int(),
    release: z.int().nullable(),
  })
  .meta({ id: 'Accepted' });
export type AcceptedView = View<z.output<typeof acceptedSchema>>;

/** What a check said when it was asked. */
export const probeSchema = z
  .strictObject({
    name: z.string(),
    green: z.boolean().nullable(),
    detail: z.string(),
    tookMillis: z.number(),
  })
  .meta({ id: 'Probe' });
export type ProbeView = View<z.output<typeof probeSchema>>;
