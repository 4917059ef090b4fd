import { type CatalogueEntry, catalogueAreas } from '#kernel';

const head = `# Errors

What Fairway says when something does not go as asked. The code is what programs see (\`--json\`, the API's problem
details); *exit* is the exit code of the command line: 1 failed, 2 the input is wrong, 3 rolled back, 4 inconclusive
and held, 5 refused. This page is written from the catalogue by \`npm run errors:write\`.
`;

/** The whole of docs/errors.md. */
export function errorsPage(): string {
  const sections = catalogueAreas.map(({ title, entries }) => {
    const rows = Object.entries<CatalogueEntry>(entries).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return [
      `## ${title}`,
      '',
      '| code | what happened | what to do | HTTP | exit |',
      '| --- | --- | --- | --- | --- |',
      ...rows.map(
        ([code, { sentence, hint, status, exit }]) =>
          `| \`${code}\` | ${plain(sentence)} | ${plain(hint)} | ${status} | ${exit} |`,
      ),
      '',
    ].join('\n');
  });
  return [head, ...sections].join('\n');
}

/** Placeholders as readers understand them: the fact's name in italics, without its form and without brackets. */
function plain(text: string): string {
  return text
    .replace(/\{(\w+)(?::\w+)?\}/g, (_, name: string) => `*${name}*`)
    .replace(/\[([^\]]*)\]/g, '$1')
    .replaceAll('|', '\\|');
}
