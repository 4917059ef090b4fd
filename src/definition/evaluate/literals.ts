import type { AnyNode, Expression, Node, Program, Property, SpreadElement } from 'acorn';
import type { Position, PositionTree } from '../positions.ts';

type Member = PositionTree['members'][number];

const mostPositions = 50_000;
const deepest = 60;

/**
 * Where the parts of the default export are written: through `defineSystem(…)`, constants of the same file, their members
 * and spreads. What is computed ends the way; its parts are then told at the nearest known place around them.
 */
export function literalPositions(program: Program): PositionTree | null {
  const constants = constantsOf(program);
  const exported = defaultExport(program);
  let left = mostPositions;

  function treeOf(written: Node, key: Position | null, depth: number): PositionTree {
    left -= 1;
    const tree = { key, value: startOf(written), members: [] };
    if (left < 0 || depth > deepest) return tree;
    const literal = resolve(written as AnyNode, depth);
    const at = literal === null ? startOf(written) : startOf(literal);
    if (literal?.type === 'ObjectExpression')
      return { key, value: at, members: literal.properties.flatMap((one) => membersOf(one, depth + 1)) };
    if (literal?.type === 'ArrayExpression')
      return { key, value: at, members: itemsOf(literal.elements, depth + 1) };
    return tree;
  }

  function membersOf(property: Property | SpreadElement, depth: number): readonly Member[] {
    if (property.type === 'SpreadElement') return treeOf(property.argument, null, depth).members;
    const name = nameOf(property);
    return name === null ? [] : [[name, treeOf(property.value, startOf(property.key), depth)]];
  }

  function itemsOf(
    elements: readonly (Expression | SpreadElement | null)[],
    depth: number,
  ): readonly Member[] {
    const items: Member[] = [];
    for (const element of elements) {
      if (element?.type === 'SpreadElement') {
        const literal = resolve(element.argument, depth);
        if (literal?.type !== 'ArrayExpression') break; // of unknown length: nothing behind it can be counted
        for (const [, tree] of itemsOf(literal.elements, depth + 1)) items.push([items.length, tree]);
      } else if (element !== null) {
        items.push([items.length, treeOf(element, null, depth)]);
      }
    }
    return items;
  }

  /** The literal an expression stands for. */
  function resolve(node: AnyNode, depth: number): AnyNode | null {
    if (depth > deepest) return null;
    switch (node.type) {
      case 'ObjectExpression':
      case 'ArrayExpression':
        return node;
      case 'Identifier': {
        const constant = constants.get(node.name);
        return constant === undefined ? null : resolve(constant, depth + 1);
      }
      case 'AwaitExpression':
        return resolve(node.argument, depth + 1);
      case 'CallExpression': {
        const [first] = node.arguments;
        return first === undefined || !passesOn(node.callee) ? null : resolve(first, depth + 1);
      }
      case 'MemberExpression': {
        const object = resolve(node.object, depth + 1);
        const name = node.computed ? null : nameOfKey(node.property);
        if (object?.type !== 'ObjectExpression' || name === null) return null;
        const property = object.properties.findLast((one) => one.type === 'Property' && nameOf(one) === name);
        return property?.type === 'Property' ? resolve(property.value, depth + 1) : null;
      }
      default:
        return null;
    }
  }

  return exported === null ? null : treeOf(exported, null, 0);
}

/** The specifiers of the file's imports with their places. */
export function importPositions(
  program: Program | null,
): readonly (readonly [specifier: string, at: Position])[] {
  return (program?.body ?? []).flatMap((node) =>
    node.type === 'ImportDeclaration' ? [[String(node.source.value), startOf(node.source)] as const] : [],
  );
}

function constantsOf(program: Program): ReadonlyMap<string, Expression> {
  const found = new Map<string, Expression>();
  for (const node of program.body) {
    const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations)
      if (id.type === 'Identifier' && init) found.set(id.name, init);
  }
  return found;
}

function defaultExport(program: Program): AnyNode | null {
  for (const node of program.body) {
    if (node.type === 'ExportDefaultDeclaration') return node.declaration;
    if (node.type !== 'ExportNamedDeclaration') continue;
    const named = node.specifiers.find(({ exported }) => nameOfKey(exported) === 'default');
    if (named !== undefined) return named.local;
  }
  return null;
}

/** Functions that give back what they are given. */
function passesOn(callee: Node): boolean {
  const node = callee as AnyNode;
  if (node.type === 'Identifier') return node.name === 'defineSystem' || node.name === 'structuredClone';
  return node.type === 'MemberExpression' && nameOfKey(node.property) === 'freeze';
}

const nameOf = ({ key, computed }: Property) => (computed ? null : nameOfKey(key));

function nameOfKey(key: Node): string | null {
  const node = key as AnyNode;
  if (node.type === 'Identifier') return node.name;
  return node.type === 'Literal' ? String(node.value) : null;
}

function startOf({ loc }: Node): Position {
  return loc ? [loc.start.line, loc.start.column + 1] : [1, 1];
}
