/** A control plane that can be killed: starts the plane of a folder, gives it the table of a file, and stays. */
import { readFileSync } from 'node:fs';
import type { RouterTable } from '#router';
import { planes } from './planes.ts';

const [, , name = '', folder = '', tableFile = ''] = process.argv;
const plane = planes.find((each) => each.name === name);
const client = await plane?.start(folder);
if (client?.ok !== true) throw new Error(JSON.stringify(client));
const done = await client.value.setTable(JSON.parse(readFileSync(tableFile, 'utf8')) as RouterTable);
process.stdout.write(`${JSON.stringify(done)}\n`);
setInterval(() => undefined, 60_000);
