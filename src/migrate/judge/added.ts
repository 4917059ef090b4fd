import type { ColumnDef, Constraint, Node } from 'libpg-query';
import { error, type Objection, warning } from './finding.ts';

/** A column that is added to a table which the old code writes without it. */
export function addedColumn(column: ColumnDef, table: string): readonly Objection[] {
  const name = column.colname ?? '';
  const constraints = (column.constraints ?? []).flatMap((each) =>
    'Constraint' in each ? [each.Constraint] : [],
  );
  const of = (...kinds: readonly string[]) =>
    constraints.find(({ contype }) => contype !== undefined && kinds.includes(contype));
  const isSerial = /^(?:small|big)?serial[248]?$/.test(typeOf(column));
  const defaulted = of('CONSTR_DEFAULT');
  const isFilled =
    defaulted !== undefined || of('CONSTR_IDENTITY', 'CONSTR_GENERATED') !== undefined || isSerial;
  const found: Objection[] = [];

  if (of('CONSTR_NOTNULL', 'CONSTR_PRIMARY') !== undefined && !isFilled)
    found.push(
      error(
        'migration_requires_value',
        `The old code adds rows to ${table} without ${name}, which this refuses.`,
        [
          `Add ${name} without NOT NULL, or with a DEFAULT.`,
          'Fill the rows there are in a backfill.',
          'Make it NOT NULL in a file of contract.',
        ],
      ),
    );
  if (of('CONSTR_UNIQUE', 'CONSTR_PRIMARY') !== undefined)
    found.push(uniqueAtOnce(`The column ${name} of ${table} is unique at once, under a lock`, table, name));
  if (of('CONSTR_CHECK') !== undefined)
    found.push(
      warning(
        'migration_adds_constraint',
        `All rows of ${table} are read under a lock for the check of ${name}.`,
        [
          `Add ${name} without it.`,
          'Add the check with NOT VALID in a file after it.',
          'Then ALTER TABLE … VALIDATE CONSTRAINT, in one more file.',
        ],
      ),
    );
  const isComputed =
    isSerial ||
    of('CONSTR_IDENTITY') !== undefined ||
    of('CONSTR_GENERATED')?.generated_kind === 's' ||
    (defaulted?.raw_expr !== undefined && mayDiffer(defaulted.raw_expr));
  if (isComputed)
    found.push(
      warning(
        'migration_rewrites_table',
        `Each row of ${table} gets a ${name} of its own: the table is written anew.`,
        [
          `Add ${name} without the default.`,
          'Set the default in a statement after it: it holds for new rows.',
          'Fill the rows there are in a backfill.',
        ],
      ),
    );
  return found;
}

/** A rule for a table which the old code writes. */
export function addedConstraint(constraint: Constraint, table: string): readonly Objection[] {
  const { contype, conname = '', skip_validation, indexname, keys, fk_attrs } = constraint;
  const isOfIndex = indexname !== undefined && indexname !== '';
  const columns = (keys ?? fk_attrs ?? []).map((key) => ('String' in key ? key.String.sval : '')).join(', ');
  const which = conname === '' ? '' : ` ${conname}`;
  if (contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY' || contype === 'CONSTR_EXCLUSION') {
    if (isOfIndex) return [];
    return [uniqueAtOnce(`The constraint${which} of ${table} reads all rows under a lock`, table, columns)];
  }
  const kinds: Partial<Record<string, string>> = {
    CONSTR_CHECK: 'check',
    CONSTR_FOREIGN: 'foreign key',
    CONSTR_NOTNULL: 'NOT NULL',
  };
  const kind = kinds[contype ?? ''];
  if (kind === undefined || skip_validation === true) return [];
  return [
    error(
      'migration_adds_constraint',
      `The ${kind}${which} of ${table} reads all rows under a lock, and refuses what the old code may have written.`,
      [
        'See that the code which runs writes only rows that fit.',
        'Add it with NOT VALID: that reads nothing.',
        'Correct the rows there are in a backfill.',
        'Then ALTER TABLE … VALIDATE CONSTRAINT in a file of contract: that lets others write.',
      ],
    ),
  ];
}

const uniqueAtOnce = (sentence: string, table: string, columns: string) =>
  error('migration_adds_constraint', `${sentence}, and refuses what the old code may write.`, [
    'See that the code which runs writes no duplicates, and remove those there are in a backfill.',
    `Build it without a lock: "-- fairway: no transaction", then CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS … ON ${table} (${columns}).`,
    `Then ALTER TABLE ${table} ADD CONSTRAINT … UNIQUE USING INDEX …, which reads nothing.`,
  ]);

const typeOf = ({ typeName }: ColumnDef) => {
  const last = typeName?.names?.at(-1);
  return last !== undefined && 'String' in last ? (last.String.sval ?? '') : '';
};

/** A call may give each row something else. These are the same within a transaction and known to be. */
function mayDiffer(expression: Node): boolean {
  const calls = JSON.stringify(expression).match(/"funcname":\[\{"String":\{"sval":"\w+"\}\}(?=\])/g) ?? [];
  const calm = ['now', 'transaction_timestamp', 'statement_timestamp', 'current_database', 'current_schema'];
  const named = calls.map((call) => /"sval":"(\w+)"/.exec(call)?.[1] ?? '');
  const all = JSON.stringify(expression).match(/"FuncCall"/g) ?? [];
  return all.length > named.length || named.some((name) => !calm.includes(name));
}
