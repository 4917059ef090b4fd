import type { Node } from 'libpg-query';
import type { Statement } from '../parse.ts';
import { type Created, nameOf, tableName } from './created.ts';
import { error, type Objection, warning } from './finding.ts';

const later = [
  'Release code that does not use it any more.',
  'Wait until no revision that uses it can come back.',
  'Drop it in a file of contract.',
];
/** Gone or changed, these make the old code slower or stricter at worst. */
const harmless: ReadonlySet<string> = new Set([
  'OBJECT_INDEX',
  'OBJECT_TRIGGER',
  'OBJECT_RULE',
  'OBJECT_POLICY',
  'OBJECT_STATISTIC_EXT',
]);

/** DROP, TRUNCATE, REVOKE, and ALTER TABLE … DROP COLUMN. */
export function dropsOf(statement: Statement, created: Created): readonly Objection[] {
  const { node } = statement;
  if ('DropStmt' in node) return dropObjections(node.DropStmt, statement, created);
  if ('TruncateStmt' in node)
    return tablesOf(node.TruncateStmt.relations)
      .filter((table) => !created.before(table, statement))
      .map((table) => error('migration_drops', `This takes all rows out of ${table}.`, later));
  if ('GrantStmt' in node && node.GrantStmt.is_grant !== true)
    return [error('migration_drops', 'This takes rights away that the old code may need.', later)];
  if (!('AlterTableStmt' in node)) return [];
  const table = tableName(node.AlterTableStmt.relation);
  if (created.before(table, statement)) return [];
  return (node.AlterTableStmt.cmds ?? []).flatMap((each) => {
    if (!('AlterTableCmd' in each)) return [];
    const { subtype, name = '' } = each.AlterTableCmd;
    if (subtype === 'AT_DropColumn')
      return [
        error(
          'migration_drops',
          `This drops the column ${name} of ${table}, which the old code reads or writes.`,
          ['If it lives on under another name: add that column, copy by a trigger, backfill.', ...later],
        ),
      ];
    if (subtype === 'AT_DetachPartition' || subtype === 'AT_DetachPartitionFinalize')
      return [error('migration_drops', `This takes a part of ${table} away from the old code.`, later)];
    return [];
  });
}

function dropObjections(
  { removeType = 'OBJECT_TABLE', objects = [] }: Extract<Node, { DropStmt: unknown }>['DropStmt'],
  statement: Statement,
  created: Created,
): readonly Objection[] {
  return objects
    .map(nameOf)
    .filter((name) => !isReplaced(name, removeType, statement, created))
    .map((name) => {
      const kind = removeType.replace('OBJECT_', '').replaceAll('_', ' ').toLowerCase();
      return harmless.has(removeType)
        ? warning('migration_drops', `This drops the ${kind} ${name}; the old code may count on it.`, later)
        : error('migration_drops', `This drops the ${kind} ${name}, which the old code may use.`, later);
    });
}

/** What holds rows must have been made before in the same file; what holds none may be made again after. */
function isReplaced(name: string, kind: string, statement: Statement, created: Created): boolean {
  const last = name.split('.').at(-1) ?? '';
  const holdsNoRows =
    harmless.has(kind) || ['OBJECT_FUNCTION', 'OBJECT_PROCEDURE', 'OBJECT_VIEW'].includes(kind);
  return holdsNoRows ? created.anywhere(name) || created.anywhere(last) : created.before(name, statement);
}

export function tablesOf(relations: readonly Node[] | undefined): readonly string[] {
  return (relations ?? []).flatMap((each) => ('RangeVar' in each ? [tableName(each.RangeVar)] : []));
}
