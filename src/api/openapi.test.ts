import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { openApiDocument } from './openapi.ts';
import { routes } from './routes.ts';

type Node = Readonly<Record<string, unknown>>;

const document = JSON.parse(JSON.stringify(openApiDocument())) as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Node>> };
};

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Node }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Node }>> };
  readonly responses: Readonly<
    Record<string, { description: string; content: Readonly<Record<string, { schema: Node }>> }>
  >;
}

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

describe('the OpenAPI document', () => {
  test('describes every route and no other', () => {
    expect(document.openapi).toBe('3.1.0');
    const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    expect(described.toSorted()).toEqual(Object.keys(routes).toSorted());
  });

  test('refers only to what it holds, and holds only what is referred to', () => {
    const referred = new Set<string>();
    walk(document, (node) => {
      if (typeof node['$ref'] === 'string') referred.add(node['$ref']);
    });
    const held = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...referred].toSorted()).toEqual(held.toSorted());
    expect(held.filter((name) => name.includes('__'))).toEqual([]);
  });

  test.each(operations)('$method $path declares what its path names, and answers', ({ path, operation }) => {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).filter((each) => each.in === 'path');
    expect(declared.map(({ name }) => name)).toEqual(named);
    expect(declared.every(({ required }) => required)).toBe(true);
    const codes = Object.keys(operation.responses);
    expect(codes).toEqual(expect.arrayContaining(['4XX', '5XX']));
    expect(codes.filter((code) => /^2\d\d$/.test(code))).toHaveLength(1);
    expect(operation.summary).not.toBe('');
  });

  test('names every operation differently', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
  });

  test('holds schemas of JSON Schema 2020-12 that compile, each with its references', () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    ajv.addVocabulary(['components']);
    const schemas: Node[] = [];
    walk(operations, (node) => {
      if ('schema' in node) schemas.push(node['schema'] as Node);
    });
    expect(schemas.length).toBeGreaterThan(100);
    for (const schema of schemas)
      expect(() => ajv.compile(at(schema)), JSON.stringify(schema).slice(0, 200)).not.toThrow();
    expect(ajv.validate(at({ $ref: '#/components/schemas/Accepted' }), { after: 3, release: null })).toBe(
      true,
    );
    expect(ajv.validate(at({ $ref: '#/components/schemas/Accepted' }), { after: '3' })).toBe(false);
  });
});

/** The components where a schema of the document finds them. */
const at = (schema: Node): Node => ({ ...schema, components: { schemas: document.components.schemas } });

function walk(value: unknown, look: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) look(value as Node);
  for (const each of Object.values(value)) walk(each, look);
}
