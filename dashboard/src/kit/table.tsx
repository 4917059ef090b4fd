import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** Figures stand at the right. */
  readonly figures?: boolean;
  /** The cell that names the row; the first one where none is said. */
  readonly heads?: boolean;
  /** Takes what room is left. */
  readonly wide?: boolean;
}

interface TableProps<Row> {
  /** Read out, not seen. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  /** Its rows hold much: they become cards already where others still fit. */
  readonly early?: boolean;
  /** Marked as the one that is spoken of. */
  readonly isCurrent?: (row: Row) => boolean;
}

/** A table; where there is little room each row becomes a card with the names of the columns in it. */
export function Table<Row>({ caption, columns, rows, keyOf, early = false, isCurrent }: TableProps<Row>) {
  const head = Math.max(
    0,
    columns.findIndex(({ heads }) => heads === true),
  );
  return (
    <div className="table-room" data-early={early || undefined}>
      <table className="table">
        <caption className="hidden-text">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, figures, wide }) => (
              <th key={name} scope="col" data-figures={figures || undefined} data-wide={wide || undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} data-current={isCurrent?.(row) === true || undefined}>
              {columns.map(({ name, cell, figures }, at) =>
                at === head ? (
                  <th key={name} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={name} data-name={name} data-figures={figures || undefined}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
