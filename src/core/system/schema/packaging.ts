import { z } from 'zod';
import { folder, positive, text, texts } from './names.ts';
import { object } from './object.ts';
import { duration, size } from './units.ts';

export const imageSchema = object('Image', {
  /** A ready-made image, such as "n8nio/n8n:1.94"; nothing is built then. */
  name: text.optional(),
  /** What the build starts from. */
  base: text.optional(),
  /** Numeric user that the program runs as. */
  user: positive.optional(),
  /** No file of the image can be written while it runs. */
  readOnlyRoot: z.boolean().optional(),
  /** Linux capabilities taken away, such as "ALL". */
  dropCapabilities: texts.optional(),
  /** The build fails when the image is larger. */
  largest: size.optional(),
  /** Dockerfile to use instead of the generated one. */
  dockerfile: folder.optional(),
});

export const hostingSchema = object('Hosting', {
  /** A serverless platform scales with requests; a machine of its own never moves. */
  kind: z.enum(['serverless', 'machine']),
  /** Who runs it: "vercel", "cloud-run" … */
  provider: text.optional(),
  /** Where it runs when the provider is not there. */
  fallback: text.optional(),
  /** Static files are kept at the edge. */
  edgeCache: z.boolean().optional(),
  /** Pages are made anew in the background when they are older than this. */
  revalidate: duration.optional(),
});
