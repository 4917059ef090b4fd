import { z } from 'zod';
import { asker, line, name, systemText } from './fields.ts';

export const upRequest = z.strictObject({ ...asker });
export const downRequest = z.strictObject({ ...asker, erase: z.boolean().default(false) });
export const intentRequest = z.strictObject({ ...asker });
export const approveRequest = z.strictObject({ ...asker, role: line(100).min(1) });
export const rollbackRequest = z.strictObject({ ...asker, to: z.int().positive().nullable().default(null) });
export const releaseRequest = z.strictObject({
  ...asker,
  /** Absolute folder to build from; null: the system's own. */
  from: systemText(4_096).nullable().default(null),
  services: z.array(name).max(200).nullable().default(null),
  strategy: z.enum(['rolling', 'canary', 'blue-green']).nullable().default(null),
  /** Changes of environment variables of this release. */
  set: z
    .array(
      z.strictObject({
        service: name,
        key: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/),
        value: systemText(32_768),
      }),
    )
    .max(200)
    .default([]),
});

export type UpRequest = z.input<typeof upRequest>;
export type DownRequest = z.input<typeof downRequest>;
export type IntentRequest = z.input<typeof intentRequest>;
export type ApproveRequest = z.input<typeof approveRequest>;
export type RollbackRequest = z.input<typeof rollbackRequest>;
export type ReleaseRequestBody = z.input<typeof releaseRequest>;
