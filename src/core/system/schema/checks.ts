import { z } from 'zod';
import { command, folder, name, positive, text, urlPath, variable } from './names.ts';
import { object } from './object.ts';
import { duration } from './units.ts';

/** Name of a check where it is referred to. */
export const checkName = name;

const common = {
  /** What it proves, in a few words. */
  role: text.optional(),
  /** Secrets it receives as environment variables. */
  secrets: z.array(variable).default([]),
  /** Services and stores it is given the addresses of. */
  needs: z.array(name).default([]),
  /** How often it runs. */
  every: duration.prefault('60s'),
  /** Longer is red. */
  timeout: duration.prefault('30s'),
};

/** An SLO probe of the system as a whole. */
export const checkSchema = z.discriminatedUnion('kind', [
  object('CommandCheck', {
    /** A program: exit code 0 is green, and a line of JSON tells its figures. */
    kind: z.literal('command'),
    ...common,
    /** Folder of the program; it runs there. */
    folder,
    /** Other folders or files of the system that belong to it. */
    include: z.array(folder).default([]),
    /** The program and its arguments. */
    command,
  }),
  object('HttpCheck', {
    /** So many requests to a service: green when the 95th percentile is low enough and none failed. */
    kind: z.literal('http'),
    ...common,
    /** Service that is asked. */
    service: name,
    /** Path that is asked. */
    path: urlPath,
    /** Requests. */
    samples: positive.default(50),
    /** Highest 95th percentile. */
    p95: duration,
  }),
]);
