/** A control plane that can be killed: starts the router of a folder, gives it the table of a file, and stays. */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, instant } from '#kernel';
import type { RouterTable } from '../contract.ts';
import { startRouter } from '../start.ts';

const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (length, signal) => wait(length, undefined, signal ? { signal } : {}).catch(() => undefined),
};

const [, , folder = '', tableFile = ''] = process.argv;
const client = await startRouter({ folder, clock, signal: new AbortController().signal });
if (!client.ok) throw new Error(client.error.code);
const table = JSON.parse(readFileSync(tableFile, 'utf8')) as RouterTable;
const done = await client.value.setTable(table);
process.stdout.write(`${JSON.stringify(done)}\n`);
setInterval(() => undefined, 60_000);
