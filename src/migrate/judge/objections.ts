import type { Node } from 'libpg-query';
import type { Statement } from '../parse.ts';
import { addedColumn, addedConstraint } from './added.ts';
import { type Created, tableName } from './created.ts';
import { dropsOf, tablesOf } from './drops.ts';
import { error, type Objection, warning } from './finding.ts';

/** What the code of the revision before would not survive, or what it would have to wait for. */
export function objectionsTo(statement: Statement, created: Created): readonly Objection[] {
  const isNew = (table: string) => created.before(table, statement);
  return [
    ...dropsOf(statement, created),
    ...renamesOf(statement.node, isNew),
    ...changesOf(statement.node, isNew),
    ...locksOf(statement.node, isNew),
    ...movesOf(statement.node, isNew),
  ];
}

type IsNew = (table: string) => boolean;

const inSteps = (what: string) => [
  `Add the new ${what} beside the old one, and a trigger that keeps both the same.`,
  'Move the rows there are in a backfill.',
  'Release code that uses the new one only.',
  'Drop the trigger and the old one in a file of contract.',
];
/** Names that code does not write. */
const unseen: ReadonlySet<string> = new Set([
  'OBJECT_INDEX',
  'OBJECT_TABCONSTRAINT',
  'OBJECT_DOMCONSTRAINT',
  'OBJECT_TRIGGER',
  'OBJECT_POLICY',
  'OBJECT_RULE',
]);

function renamesOf(node: Node, isNew: IsNew): readonly Objection[] {
  if ('AlterEnumStmt' in node && (node.AlterEnumStmt.oldVal ?? '') !== '') {
    const { oldVal = '', newVal = '' } = node.AlterEnumStmt;
    return [
      error(
        'migration_renames',
        `This renames the value ${oldVal} to ${newVal}; the old code writes ${oldVal}.`,
        [
          'Add the new value, and let the code accept both.',
          'Move the rows in a backfill once no code writes the old one.',
        ],
      ),
    ];
  }
  if ('AlterObjectSchemaStmt' in node) {
    const table = tableName(node.AlterObjectSchemaStmt.relation);
    if (table !== '' && isNew(table)) return [];
    const to = node.AlterObjectSchemaStmt.newschema ?? '';
    return [error('migration_renames', `This moves ${table || 'it'} to the schema ${to}.`, inSteps('place'))];
  }
  if (!('RenameStmt' in node)) return [];
  const { renameType = '', relation, subname = '', newname = '' } = node.RenameStmt;
  const table = tableName(relation);
  if (unseen.has(renameType) || (table !== '' && isNew(table))) return [];
  const kind = renameType.replace('OBJECT_', '').replaceAll('_', ' ').toLowerCase();
  const former = renameType === 'OBJECT_COLUMN' ? `${subname} of ${table}` : subname || table;
  const sentence = `This renames the ${kind} ${former} to ${newname}; the old code knows only the old name.`;
  return [error('migration_renames', sentence.replace('  ', ' '), inSteps(kind))];
}

function changesOf(node: Node, isNew: IsNew): readonly Objection[] {
  if ('AlterDomainStmt' in node && ['O', 'C'].includes(node.AlterDomainStmt.subtype ?? ''))
    return [
      error('migration_adds_constraint', 'This puts a rule on all columns of a domain.', inSteps('domain')),
    ];
  if (!('AlterTableStmt' in node)) return [];
  const table = tableName(node.AlterTableStmt.relation);
  if (isNew(table)) return [];
  return (node.AlterTableStmt.cmds ?? []).flatMap((each) => {
    if (!('AlterTableCmd' in each)) return [];
    const { subtype, name = '', def } = each.AlterTableCmd;
    const column = `${name} of ${table}`;
    if (subtype === 'AT_AlterColumnType')
      return [
        error(
          'migration_changes_type',
          `This changes the type of ${column}, and writes the table anew while nobody may use it.`,
          inSteps('column'),
        ),
      ];
    if (subtype === 'AT_SetNotNull') return [notNull(column, table, name)];
    if (subtype === 'AT_ColumnDefault' && def === undefined)
      return [
        error(
          'migration_requires_value',
          `This takes the default of ${column} away; the old code may count on it.`,
          ['Release code that gives the value itself.', 'Drop the default in a file of contract.'],
        ),
      ];
    if (subtype === 'AT_AddColumn' && def !== undefined && 'ColumnDef' in def)
      return addedColumn(def.ColumnDef, table);
    if (subtype === 'AT_AddConstraint' && def !== undefined && 'Constraint' in def)
      return addedConstraint(def.Constraint, table);
    return [];
  });
}

const notNull = (column: string, table: string, name: string) =>
  error(
    'migration_requires_value',
    `This refuses rows without ${column}; the old code may write them, and all rows are read under a lock.`,
    [
      `Give ${name} a default, or fill it by a trigger, in a file of expand.`,
      'Fill the rows there are in a backfill.',
      `In contract: ALTER TABLE ${table} ADD CHECK (${name} IS NOT NULL) NOT VALID, then VALIDATE CONSTRAINT in a file after it.`,
      'Then SET NOT NULL, which trusts the valid constraint and reads nothing.',
    ],
  );

function locksOf(node: Node, isNew: IsNew): readonly Objection[] {
  if ('IndexStmt' in node && node.IndexStmt.concurrent !== true) {
    const table = tableName(node.IndexStmt.relation);
    if (isNew(table)) return [];
    return [
      warning('migration_locks_table', `This index lets nobody write to ${table} while it is built.`, [
        'Put it into a file of its own that begins with "-- fairway: no transaction".',
        'Write CREATE INDEX CONCURRENTLY IF NOT EXISTS.',
      ]),
    ];
  }
  const locked =
    'LockStmt' in node
      ? tablesOf(node.LockStmt.relations)
      : 'ClusterStmt' in node
        ? [tableName(node.ClusterStmt.relation)]
        : 'RefreshMatViewStmt' in node && node.RefreshMatViewStmt.concurrent !== true
          ? [tableName(node.RefreshMatViewStmt.relation)]
          : 'ReindexStmt' in node && !JSON.stringify(node.ReindexStmt.params ?? []).includes('concurrently')
            ? [tableName(node.ReindexStmt.relation)]
            : 'VacuumStmt' in node && JSON.stringify(node.VacuumStmt.options ?? []).includes('"full"')
              ? ['the tables it names']
              : [];
  return locked
    .filter((table) => !isNew(table))
    .map((table) =>
      warning('migration_locks_table', `This locks ${table} while it works.`, [
        'Use the CONCURRENTLY form where there is one, in a file without a transaction.',
        'Else do it in a maintenance window.',
      ]),
    );
}

function movesOf(node: Node, isNew: IsNew): readonly Objection[] {
  const table =
    'UpdateStmt' in node
      ? tableName(node.UpdateStmt.relation)
      : 'DeleteStmt' in node
        ? tableName(node.DeleteStmt.relation)
        : null;
  if (table !== null && !isNew(table))
    return [
      warning(
        'migration_moves_data',
        `This changes rows of ${table} in one transaction, and holds them until its end.`,
        ['Write it as a file of backfill, with a batch and a cursor.'],
      ),
    ];
  if ('DoStmt' in node)
    return [
      warning('migration_not_readable', 'What this block does cannot be judged from outside.', [
        'Write its statements out.',
        'Or say above it: "-- fairway: allow migration_not_readable because …".',
      ]),
    ];
  return [];
}
