import type { Node, Pair, ParsedNode, YAMLError } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Finding } from '#core/system';
import { err, ok, type Result } from '#kernel';
import { findingAt } from './findings.ts';
import type { DefinitionFile } from './find.ts';
import type { Position, PositionTree } from './positions.ts';

export interface ReadText {
  readonly value: unknown;
  readonly positions: PositionTree | null;
}

/** Most aliases that are followed: a short text could otherwise become an endless one. */
const mostAliases = 100;
const mostPositions = 100_000;

/** Reads YAML 1.2, or JSON, which is a part of it but without its freedoms. */
export function readText(file: DefinitionFile): Result<ReadText, readonly Finding[]> {
  if (file.kind === 'json') {
    const strict = readStrictly(file);
    if (!strict.ok) return strict;
  }
  const lines = new LineCounter();
  const document = parseDocument(file.text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: file.kind === 'yaml',
  });
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return [Math.max(1, line), Math.max(1, col)];
  };
  if (document.errors.length > 0)
    return err(document.errors.map((error) => syntaxFinding(file, error, positionAt(error.pos[0]))));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: mostAliases });
  } catch (reason) {
    const sentence = `The file cannot be read as data: ${reason instanceof Error ? reason.message : String(reason)}.`;
    return err([findingAt(file.path, 'definition_syntax', sentence, { hint: 'use fewer aliases' })]);
  }
  return ok({ value, positions: treeOf(document, positionAt) });
}

function syntaxFinding(file: DefinitionFile, error: YAMLError, at: Position): Finding {
  const known = yamlWords[error.code];
  const [sentence, hint] = known ?? [`This is no valid ${file.kind.toUpperCase()}: ${error.message}.`, null];
  return findingAt(file.path, 'definition_syntax', sentence, { at, hint });
}

const yamlWords: Readonly<Record<string, readonly [sentence: string, hint: string]>> = {
  DUPLICATE_KEY: ['The same name stands here a second time.', 'keep one of them'],
  TAB_AS_INDENT: ['A tab indents this line; YAML knows only spaces.', 'write spaces instead of the tab'],
  MULTIPLE_DOCS: ['The file has more than one document.', 'remove the line --- and what follows it'],
  BAD_INDENT: [
    'The indentation of this line does not fit to the lines around it.',
    'indent all members of one object alike',
  ],
};

function readStrictly(file: DefinitionFile): Result<null, readonly Finding[]> {
  try {
    JSON.parse(file.text);
    return ok(null);
  } catch (reason) {
    const message = reason instanceof Error ? reason.message : String(reason);
    const at = offsetIn(message, file.text);
    const words = message.replace(/ in JSON at position .*$/s, '').replace(/, "?[^]* is not valid JSON$/, '');
    return err([findingAt(file.path, 'definition_syntax', `This is no valid JSON: ${words}.`, { at })]);
  }
}

/** JSON.parse says where only in words, and not at all when the text ends too early. */
function offsetIn(message: string, text: string): Position {
  const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
  const before = text.slice(0, offset).split('\n');
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
}

function treeOf(
  document: ReturnType<typeof parseDocument>,
  positionAt: (offset: number) => Position,
): PositionTree | null {
  let left = mostPositions;
  const start = (node: Node | null): Position => positionAt(node?.range?.[0] ?? 0);

  function visit(written: Node | null, key: Position | null, above: readonly Node[]): PositionTree {
    const node = isAlias(written) ? (written.resolve(document) ?? null) : written;
    left -= 1;
    const tree = { key, value: start(written), members: [] };
    if (left < 0 || node === null || above.includes(node)) return tree;
    const around = [...above, node];
    if (isMap<ParsedNode, ParsedNode | null>(node))
      return { ...tree, members: node.items.flatMap((pair) => member(pair, around)) };
    if (isSeq<ParsedNode>(node))
      return {
        ...tree,
        members: node.items.map((item, index) => [index, visit(item, null, around)] as const),
      };
    return tree;
  }

  function member(pair: Pair<ParsedNode, ParsedNode | null>, around: readonly Node[]) {
    if (!isScalar(pair.key)) return [];
    const at = start(pair.key);
    const tree = visit(pair.value, at, around);
    // Nothing behind the colon: the place of the name is as near as one gets.
    return [[String(pair.key.value), pair.value?.range ? tree : { ...tree, value: at }] as const];
  }

  return document.contents === null ? null : visit(document.contents, null, []);
}
