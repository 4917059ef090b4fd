/** `npm run systems [-- NAME…]`: the systems one after another on this machine, and a table of how they did. */
import { systemNames } from './plan.ts';
import { prove, type Story } from './prove.ts';
import { tableOf } from './table.ts';

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !systemNames.some((known) => known === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no system ${unknown.join(', ')}. There are ${systemNames.join(', ')}.\n`);
  process.exit(2);
}

const stories: Story[] = [];
const tell = (line: string) => process.stdout.write(`${line}\n`);
for (const name of systemNames.filter((known) => asked.length === 0 || asked.includes(known))) {
  try {
    stories.push(await prove(name, tell));
  } catch (reason) {
    process.stderr.write(`${reason instanceof Error ? reason.message : String(reason)}\n`);
    process.exit(1);
  }
}
process.stdout.write(`\n${tableOf(stories)}\n`);
for (const { system, problems } of stories)
  for (const problem of problems) process.stdout.write(`\n${system}: ${problem}\n`);
process.exitCode = stories.some(({ problems }) => problems.length > 0) ? 1 : 0;
