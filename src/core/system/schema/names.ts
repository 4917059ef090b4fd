import { z } from 'zod';

/** Name of a service, store, queue, environment: becomes part of host names, folders and variables. */
export const name = z
  .string('write a name in quotes')
  .regex(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    'begin with a lower-case letter; then lower-case letters, digits and single hyphens',
  )
  .max(40, 'write at most 40 characters')
  .meta({
    id: 'Name',
    description: 'Lower-case letters, digits and hyphens.',
    examples: ['core', 'api-gateway'],
  });

/** Name of an environment variable or a secret. */
export const variable = z
  .string('write a name in quotes')
  .regex(/^[A-Z_][A-Z0-9_]*$/, 'write capital letters, digits and underscores, as in DATABASE_URL')
  .max(100, 'write at most 100 characters')
  .meta({ id: 'Variable', description: 'Name of an environment variable.', examples: ['SESSION_SECRET'] });

/** Name of a flag or a queue: what programs call it. */
export const token = z
  .string('write a name in quotes')
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/, 'begin with a letter or digit; then letters, digits and _ . : -')
  .max(100, 'write at most 100 characters')
  .meta({
    id: 'Token',
    description: 'A name as programs know it.',
    examples: ['q_import', 'HEURISTICS_ONLY'],
  });

/** Name of an alert, a checklist, a file: what people call it. */
export const label = z
  .string('write a name in quotes')
  .regex(/^[^\s\p{C}"\\][^\p{C}"\\]*$/u, 'write words without quotes and backslashes')
  .max(100, 'write at most 100 characters')
  .meta({ id: 'Label', description: 'A name as people know it.' });

/** A sentence or a few words for people. */
export const text = z
  .string('write a text in quotes')
  .min(1, 'write at least one character')
  .max(2_000, 'write at most 2,000 characters');
export const texts = z.array(text);

/** A folder or file of the system, relative to its folder. That it stays inside is checked apart. */
export const folder = z
  .string('write a path relative to the folder of the system')
  .min(1, 'write a path relative to the folder of the system, "." for the folder itself');

export const command = z
  .tuple(
    [text],
    z.string('write each part of the command as text'),
    'write the program and its arguments as a list: ["node", "main.ts"]',
  )
  .meta({
    id: 'Command',
    description: 'The program and its arguments, as a list; no shell reads it.',
    examples: [['node', 'main.ts']],
  });

export const urlPath = z
  .string('write a path of a URL, such as "/healthz"')
  .regex(/^\/[^\s#]*$/, 'write a path of a URL that begins with /, such as "/healthz"')
  .max(500, 'write at most 500 characters');

export const port = z
  .int('write a port, a whole number from 1 to 65535')
  .min(1, 'write a port from 1 to 65535')
  .max(65_535, 'write a port from 1 to 65535');

export const host = z
  .string('write a host name')
  .regex(/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'write a host name such as "app.example.com"');

export const count = z.int('write a whole number').min(0, 'write 0 or more');
export const positive = z.int('write a whole number').min(1, 'write 1 or more');

/** What a program sees of a value of the definition: always text. */
export const scalar = z.union([z.string(), z.number(), z.boolean()], 'write a text, a number, true or false');
