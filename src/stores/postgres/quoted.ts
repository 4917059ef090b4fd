/** A text within the single quotes of Postgres' configuration file. */
export const quoted = (value: string) => value.replaceAll('\\', '\\\\').replaceAll("'", "''");
