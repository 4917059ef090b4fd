/**
 * The counters of several threads as one: values of equal names and labels are added, and what belongs to one metric stays
 * together, as readers of the format expect.
 */
export function addUp(texts: readonly string[]): readonly string[] {
  if (texts.length <= 1) return texts;
  const families = new Map<string, Map<string, number | null>>();
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const [, name, value] = line.startsWith('#') ? [line, line] : (/^(.*) (\S+)$/.exec(line) ?? []);
    if (name === undefined) continue;
    const family = (/^(?:# \w+ )?(\w+?)(?:_bucket|_sum|_count)?(?=[{ ]|$)/.exec(name) ?? [])[1] ?? name;
    const values = families.get(family) ?? new Map<string, number | null>();
    values.set(name, value === undefined ? null : (values.get(name) ?? 0) + Number(value));
    families.set(family, values);
  }
  return [...families.values()].flatMap((values) =>
    [...values].map(([name, value]) => `${name}${value === null ? '' : ` ${value}`}\n`),
  );
}
