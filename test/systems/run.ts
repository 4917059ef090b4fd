/**
 * `npm run systems [-- [--json] NAME…]`: the systems one after another on this machine, and a table of how they did; with `--json`
 * the points of a checklist instead, one document.
 */
import { checklistOf } from './checklist.ts';
import { systemNames } from './plan.ts';
import { prove, type Story } from './prove.ts';
import { tableOf } from './table.ts';

const json = process.argv.includes('--json');
const asked = process.argv.slice(2).filter((word) => word !== '--json');
const unknown = asked.filter((name) => !systemNames.some((known) => known === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no system ${unknown.join(', ')}. There are ${systemNames.join(', ')}.\n`);
  process.exit(2);
}

const stories: Story[] = [];
/** Where a document is awaited, what is told meanwhile goes to the other stream. */
const tell = (line: string) => void (json ? process.stderr : process.stdout).write(`${line}\n`);
for (const name of systemNames.filter((known) => asked.length === 0 || asked.includes(known))) {
  try {
    stories.push(await prove(name, tell));
  } catch (reason) {
    process.stderr.write(`${reason instanceof Error ? reason.message : String(reason)}\n`);
    process.exit(1);
  }
}
if (json) process.stdout.write(`${JSON.stringify(checklistOf(stories), null, 2)}\n`);
else tell(`\n${tableOf(stories)}`);
for (const { system, problems } of stories) for (const problem of problems) tell(`\n${system}: ${problem}`);
process.exitCode = stories.some(({ problems }) => problems.length > 0) ? 1 : 0;
