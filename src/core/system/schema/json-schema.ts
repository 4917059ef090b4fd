import { z } from 'zod';
import type { Json } from '#kernel';
import { bodyFields } from './body.ts';
import descriptions from './descriptions.json' with { type: 'json' };
import { environmentFields } from './environments.ts';
import { name } from './names.ts';
import { object } from './object.ts';
import { systemFields } from './system.ts';

type Schema = { readonly [key: string]: Json };

const wholeSchema = object('System', {
  ...systemFields,
  ...bodyFields,
  /** Where the system runs, each with what is different there. The first is the default. */
  environments: z.record(name, object('EnvironmentOwn', environmentFields)),
});

/**
 * The definition as JSON Schema (2020-12), for editors and for `fairway.config.yaml`. What an environment may change is
 * every part of the system with nothing required and `null` to remove: a second set of definitions, `…Change`, says so.
 */
export function systemJsonSchema(): Schema {
  const { $ref, $defs } = z.toJSONSchema(wholeSchema, { io: 'input' }) as Schema;
  const definitions = describeAll(asSchema($defs));
  const changes = Object.fromEntries(
    Object.entries(definitions)
      .filter(([id]) => id !== 'System' && id !== 'EnvironmentOwn')
      .map(([id, definition]) => [`${id}Change`, changed(definition)]),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A system of Fairway',
    $ref: $ref ?? '#/$defs/System',
    $defs: { ...definitions, ...changes, EnvironmentOwn: environmentOf(definitions) },
  };
}

/** An environment's own fields as they are, and any part of the system's that environments may change. */
function environmentOf(definitions: Schema): Schema {
  const own = asSchema(definitions['EnvironmentOwn']);
  const parts = asSchema(asSchema(definitions['System'])['properties']);
  const changeable = Object.entries(parts).filter(([field]) => Object.hasOwn(bodyFields, field));
  return {
    ...own,
    properties: {
      ...asSchema(own['properties']),
      ...Object.fromEntries(changeable.map(([field, part]) => [field, orNull(changed(part))])),
    },
  };
}

/** The same without anything required, and with `null` in every place that has a name. */
function changed(schema: Json | undefined): Json {
  if (Array.isArray(schema)) return schema.map(changed);
  if (!isSchema(schema)) return schema ?? null;
  const { required: _required, default: _default, ...rest } = schema;
  const ref = rest['$ref'];
  if (typeof ref === 'string') return { ...rest, $ref: `${ref}Change` };
  const members: [string, Json][] = Object.entries(rest).map(([key, value]): [string, Json] => {
    if (key === 'properties' && isSchema(value))
      return [
        key,
        Object.fromEntries(Object.entries(value).map(([field, one]) => [field, orNull(changed(one))])),
      ];
    if (key === 'additionalProperties' && isSchema(value)) return [key, orNull(changed(value))];
    // Without its `kind` an object may fit several alternatives.
    if (key === 'oneOf' || key === 'anyOf') return ['anyOf', changed(value)];
    return [key, value];
  });
  return Object.fromEntries(members);
}

function orNull(schema: Json): Json {
  return isSchema(schema) && schema['type'] === 'null' ? schema : { anyOf: [schema, { type: 'null' }] };
}

/** Words about fields by definition; made from the TSDoc comments by descriptions.test.ts. */
const wordsOf = (id: string): Readonly<Record<string, string>> | undefined =>
  (descriptions as Readonly<Record<string, Readonly<Record<string, string>>>>)[id];

/** Puts the words of the TSDoc comments beside the fields. */
function describeAll(definitions: Schema): Schema {
  return Object.fromEntries(
    Object.entries(definitions).map(([id, definition]) => {
      const words = wordsOf(id);
      if (words === undefined || !isSchema(definition)) return [id, definition];
      const properties = Object.entries(asSchema(definition['properties'])).map(
        ([field, one]): [string, Json] => {
          const description = words[field];
          return [field, description === undefined ? one : { ...asSchema(one), description }];
        },
      );
      return [id, { ...definition, properties: Object.fromEntries(properties) }];
    }),
  );
}

const isSchema = (value: Json | undefined): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const asSchema = (value: Json | undefined): Schema => (isSchema(value) ? value : {});
