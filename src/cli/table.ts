/** Columns lined up with two spaces between them; the last one is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** `46.7 MiB`, `512 bytes`. */
export function sizeText(bytes: number): string {
  const units = [
    ['GiB', 1_073_741_824],
    ['MiB', 1_048_576],
    ['KiB', 1_024],
  ] as const;
  const [unit, one] = units.find(([, least]) => bytes >= least) ?? ['bytes', 1];
  return `${Number((bytes / one).toFixed(1))} ${unit}`;
}
