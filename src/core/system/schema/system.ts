import { z } from 'zod';
import { bodyFields, type bodySchema } from './body.ts';
import { changeSchema } from './delivery.ts';
import { environmentFields } from './environments.ts';
import { name, text, texts } from './names.ts';
import { object } from './object.ts';

/** What is said once of a system and no environment changes. */
export const systemFields = {
  /** Name of the system; folders, host names and variables are made of it. */
  name,
  /** What it is, in a few words. */
  description: text.optional(),
  /** Version of the definition. */
  version: text.optional(),
  /** Who answers for it. */
  owner: text.optional(),
  /** What it has to be good at, the most important first. */
  objectives: texts.optional(),
  /** Changes of the definition. */
  changelog: z.array(changeSchema).optional(),
  /** Documents that belong to it. */
  documents: texts.optional(),
};

/** One environment as it is after its changes were laid over the system. */
export const environmentSchema = object('Environment', { ...environmentFields, ...bodyFields });

export const systemHeadSchema = object('SystemHead', systemFields);

/** What TypeScript and the JSON Schema are told of an environment: its own fields, and a part of what it changes. */
type EnvironmentOwn = z.input<z.ZodObject<typeof environmentFields>>;
type BodyInput = z.input<typeof bodySchema>;

/** Any part of a declaration: what is left out stays as it is, `null` removes it. Lists are replaced as a whole. */
export type Overlay<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [Field in keyof T]?: Overlay<T[Field]> | null }
    : T;

export type EnvironmentInput = EnvironmentOwn & Overlay<BodyInput>;

/** What a `fairway.config.ts` exports. */
export type SystemInput = z.input<typeof systemHeadSchema> &
  BodyInput & {
    /** Where the system runs, each with what is different there. The first is the default. */
    environments: { [name: string]: EnvironmentInput };
  };

/** An environment with its changes applied, every unit read and every default filled in. */
export type EnvironmentDeclaration = z.output<typeof environmentSchema>;
export type SystemHead = z.output<typeof systemHeadSchema>;
