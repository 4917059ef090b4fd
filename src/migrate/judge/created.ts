import type { Node, RangeVar } from 'libpg-query';
import type { Statement } from '../parse.ts';

/** What the statements of one file create: nobody uses it yet, so nothing about it can break anybody. */
export interface Created {
  /** Whether a statement before this one makes a table (view, sequence, type, …) of this name. */
  before(name: string, statement: Statement): boolean;
  /** Whether any statement of the file makes one, also a later one: DROP and CREATE is how a trigger is changed. */
  anywhere(name: string): boolean;
}

export function createdIn(statements: readonly Statement[]): Created {
  const made = statements.flatMap((statement) =>
    namesMadeBy(statement.node).map((name) => ({ name, start: statement.start })),
  );
  return {
    before: (name, { start }) => made.some((each) => each.name === name && each.start < start),
    anywhere: (name) => made.some((each) => each.name === name),
  };
}

function namesMadeBy(node: Node): readonly string[] {
  if ('CreateStmt' in node) return [tableName(node.CreateStmt.relation)];
  if ('CreateTableAsStmt' in node) return [tableName(node.CreateTableAsStmt.into?.rel)];
  if ('ViewStmt' in node) return [tableName(node.ViewStmt.view)];
  if ('CreateSeqStmt' in node) return [tableName(node.CreateSeqStmt.sequence)];
  if ('IndexStmt' in node) return [node.IndexStmt.idxname ?? ''];
  if ('CreateTrigStmt' in node) return [node.CreateTrigStmt.trigname ?? ''];
  if ('CreatePolicyStmt' in node) return [node.CreatePolicyStmt.policy_name ?? ''];
  if ('CreateSchemaStmt' in node) return [node.CreateSchemaStmt.schemaname ?? ''];
  if ('CreateFunctionStmt' in node) return [lastName(node.CreateFunctionStmt.funcname)];
  if ('CreateEnumStmt' in node) return [lastName(node.CreateEnumStmt.typeName)];
  if ('CreateDomainStmt' in node) return [lastName(node.CreateDomainStmt.domainname)];
  if ('CompositeTypeStmt' in node) return [tableName(node.CompositeTypeStmt.typevar)];
  return [];
}

/** As people write it; without the schema when none is said. */
export function tableName(relation: RangeVar | undefined): string {
  const { schemaname, relname } = relation ?? {};
  return [schemaname, relname].filter((part) => part !== undefined && part !== '').join('.');
}

/** `public.touch` is made as `touch` or as `public.touch`, depending on how it is written. */
export function nameOf(node: Node): string {
  if ('String' in node) return node.String.sval ?? '';
  if ('List' in node) return lastName(node.List.items, true);
  if ('TypeName' in node) return lastName(node.TypeName.names, true);
  if ('ObjectWithArgs' in node) return lastName(node.ObjectWithArgs.objname, true);
  return '';
}

function lastName(parts: readonly Node[] | undefined, whole = false): string {
  const names = (parts ?? []).map((part) => ('String' in part ? (part.String.sval ?? '') : ''));
  return whole ? names.join('.') : (names.at(-1) ?? '');
}
