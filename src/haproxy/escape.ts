/**
 * A word of a HAProxy configuration line, whatever is in it (configuration manual, section 2.2, "Quoting and escaping"):
 * the bytes the line's reader takes as its own are escaped; others stay readable.
 */
export const word = (text: string): string => text.replace(/[\\ "'#]/g, '\\$&');

/**
 * An argument inside the brackets of a fetch or a converter: read twice, first as part of the line, then by the reader
 * of arguments, which knows quotes of its own.
 */
export const argument = (text: string): string => word(`"${text.replace(/["\\]/g, '\\$&')}"`);

/** A text in a format string, where `%` begins a field; as one word. */
export const format = (text: string): string => word(text.replace(/%/g, '%%'));
