import { z } from 'zod';
import type { View } from './base.ts';
import { factsSchema } from './verdict.ts';

/** RFC 9457 problem details with our code, hint and exit code. */
export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    hint: z.string(),
    exit: z.int(),
    /** What the sentence was made from. */
    facts: factsSchema.exactOptional(),
    /** Findings of a definition that cannot be used or of a request that does not fit, one line each. */
    findings: z.array(z.string()).exactOptional(),
  })
  .meta({ id: 'Problem' });
export type Problem = View<z.output<typeof problemSchema>>;
