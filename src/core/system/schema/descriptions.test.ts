import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { CallExpression, Comment, Expression, ObjectExpression, SpreadElement } from 'acorn';
import { parse } from 'acorn';
import { expect, test } from 'vitest';
import { systemJsonSchema } from './json-schema.ts';

/*
 * The words about a field stand once, in the TSDoc comment above it. `descriptions.json` is made of them, by this test:
 * `npx vitest run src/core/system/schema -u` writes it anew.
 */

interface Source {
  readonly code: string;
  readonly comments: readonly Comment[];
  readonly tree: ReturnType<typeof parse>;
}

const folder = import.meta.dirname;
const sources = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file): Source => {
    const code = stripTypeScriptTypes(readFileSync(join(folder, file), 'utf8'));
    const comments: Comment[] = [];
    const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'module', onComment: comments });
    return { code, comments, tree };
  });

test('descriptions.json says what the comments above the fields say', async () => {
  await expect(rendered()).toMatchFileSnapshot(join(folder, 'descriptions.json'));
});

test('every field of the JSON Schema is described', () => {
  const definitions = systemJsonSchema()['$defs'] as Record<string, { properties?: Record<string, object> }>;
  const silent = Object.entries(definitions)
    .filter(([id]) => !id.endsWith('Change') && id !== 'EnvironmentOwn')
    .flatMap(([id, { properties }]) =>
      Object.entries(properties ?? {})
        .filter(([field, schema]) => !('description' in schema) && field !== 'kind')
        .map(([field]) => `${id}.${field}`),
    );
  expect(silent).toEqual([]);
  expect(Object.keys(definitions).length).toBeGreaterThan(100);
});

function rendered(): string {
  const described = Object.fromEntries(
    sources
      .flatMap((source) =>
        objectCalls(source).map(({ id, fields }) => [id, Object.fromEntries(fields)] as const),
      )
      .filter(([, fields]) => Object.keys(fields).length > 0)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  return `${JSON.stringify(described, null, 2)}\n`;
}

type Described = readonly (readonly [field: string, text: string])[];

/** Every `object('Id', { … })` of a source. */
function objectCalls(source: Source): { id: string; fields: Described }[] {
  const found: { id: string; fields: Described }[] = [];
  walk(source.tree, (node) => {
    if (node.type !== 'CallExpression') return;
    const { callee, arguments: given } = node as CallExpression;
    const [id, shape] = given;
    if (callee.type !== 'Identifier' || callee.name !== 'object' || id?.type !== 'Literal') return;
    found.push({ id: String(id.value), fields: fieldsOf(source, shape) });
  });
  return found;
}

function fieldsOf(source: Source, shape: Expression | SpreadElement | undefined): Described {
  if (shape?.type === 'Identifier') {
    const named = definitionOf(shape.name, source);
    return named === null ? [] : fieldsOf(named.source, named.shape);
  }
  if (shape?.type !== 'ObjectExpression') return [];
  return shape.properties.flatMap((property): Described => {
    if (property.type === 'SpreadElement') return fieldsOf(source, property.argument);
    if (property.key.type !== 'Identifier') return [];
    const text = commentBefore(source, property.start);
    return text === null ? [] : [[property.key.name, text]];
  });
}

/** `const name = { … }` in this folder, looked for in the source itself first. */
function definitionOf(name: string, first: Source): { source: Source; shape: ObjectExpression } | null {
  for (const source of [first, ...sources]) {
    let shape: ObjectExpression | null = null;
    walk(source.tree, (node) => {
      const { id, init } = node as unknown as { id?: { name?: string }; init?: Expression };
      if (node.type === 'VariableDeclarator' && id?.name === name && init?.type === 'ObjectExpression')
        shape = init;
    });
    if (shape !== null) return { source, shape };
  }
  return null;
}

function commentBefore({ code, comments }: Source, position: number): string | null {
  const comment = comments.findLast(({ end }) => end <= position);
  if (comment === undefined || comment.type !== 'Block' || !comment.value.startsWith('*')) return null;
  if (code.slice(comment.end, position).trim() !== '') return null;
  return comment.value
    .slice(1)
    .replace(/\s*\n\s*\*\s*/g, ' ')
    .trim();
}

function walk(node: unknown, visit: (node: { readonly type: string }) => void): void {
  if (Array.isArray(node)) {
    for (const one of node) walk(one, visit);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  if ('type' in node && typeof node.type === 'string') visit(node as { type: string });
  for (const member of Object.values(node)) walk(member, visit);
}
