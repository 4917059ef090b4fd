/** Replaces every secret value in a text; values shorter than four characters would garble everything and stay. */
export type Mask = (text: string) => string;

const shortest = 4;

/**
 * Knows the values in the forms in which programs print them: as they are, percent-encoded, line by line, and the
 * password within an address.
 */
export function maskOf(values: Iterable<string>): Mask {
  const forms = new Set<string>();
  for (const value of values) for (const form of formsOf(value)) if (form.length >= shortest) forms.add(form);
  if (forms.size === 0) return (text) => text;
  // Longest first: one value may be the beginning of another.
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(sorted.map(escapeForPattern).join('|'), 'g');
  return (text) => text.replace(pattern, '***');
}

function formsOf(value: string): string[] {
  const lines = value.includes('\n') ? value.split('\n').map((line) => line.trim()) : [];
  const password = passwordIn(value);
  return [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), ...lines, ...password];
}

function passwordIn(value: string): string[] {
  if (!value.includes('://') || !URL.canParse(value)) return [];
  const { password } = new URL(value);
  return password === '' ? [] : [password, decodeURIComponent(password)];
}

const escapeForPattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
