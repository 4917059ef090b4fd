import { z } from 'zod';
import { texts } from './names.ts';
import { object } from './object.ts';

export const securitySchema = object('Security', {
  /** Rules the system is held to: "PCI DSS", "GDPR" … */
  compliance: texts.optional(),
  /** Images and packages are looked through for known weaknesses. */
  scan: z.boolean().optional(),
  /** Each build comes with a list of its parts. */
  partsList: z.boolean().optional(),
  /** Builds are signed. */
  signed: z.boolean().optional(),
  /** Who did what is written to a log that cannot be changed. */
  audit: z.boolean().optional(),
  /** Who may do what, in words. */
  access: texts.optional(),
  /** How content is encrypted, in words. */
  encryption: texts.optional(),
});
