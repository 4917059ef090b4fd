import { type Command, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import { type AuditView, type ChainView, type Client, dayAndTime, timeOfDay } from '#api';
import { clientFor } from './dashboard.ts';
import { complain, exitCodes } from './exit.ts';
import { table } from './table.ts';
import type { World } from './world.ts';

interface Flags {
  readonly env?: string;
  readonly last: number;
  readonly verify?: boolean;
  readonly json?: boolean;
}

/** `audit`: who did what, and whether the journals are still what they were. */
export function addAudit(program: Command, world: World, ends: (exit: number) => void): void {
  program
    .command('audit [folder]')
    .description('who did what, the newest first')
    .option('--env <name>', 'of one environment')
    .option('--last <count>', 'so many lines, 1000 at most', lines, 50)
    .option('--verify', 'check instead that nobody has changed what was written')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  fairway audit --env prod --last 20\n  fairway audit --verify')
    .action(async (folder: string | undefined, flags: Flags) => {
      const client = clientFor(world, resolve(world.cwd, folder ?? '.'));
      ends(await (flags.verify === true ? verify(world, client, flags) : list(world, client, flags)));
    });
}

async function list(world: World, client: Client, { env, last, json = false }: Flags): Promise<number> {
  const query = { limit: last, ...(env === undefined ? {} : { environment: env }) };
  const told = await client.call('GET /v1/audit', { query });
  if (!told.ok) return complain(world, told.error, json);
  if (json) world.print(JSON.stringify(told.value));
  else for (const line of auditLines(told.value)) world.print(line);
  return exitCodes.done;
}

async function verify(world: World, client: Client, { env, json = false }: Flags): Promise<number> {
  const told = await client.call(
    'GET /v1/audit/chains',
    env === undefined ? {} : { query: { environment: env } },
  );
  if (!told.ok) return complain(world, told.error, json);
  const chains = told.value;
  if (json) world.print(JSON.stringify(chains));
  else for (const line of chainLines(chains)) world.print(line);
  return chains.every(({ misfit }) => misfit === null) ? exitCodes.done : exitCodes.failed;
}

export function auditLines(entries: readonly AuditView[]): readonly string[] {
  if (entries.length === 0) return ['nobody has done anything yet'];
  return table(
    entries.map(({ at, environment, sequence, sentence, note }) => [
      `${dayAndTime(at).slice(0, 10)} ${timeOfDay(at)}`,
      environment ?? 'access',
      `${sequence}`,
      note === '' || sentence.includes(`"${note}"`) ? sentence : `${sentence}: "${note}"`,
    ]),
  );
}

export function chainLines(chains: readonly ChainView[]): readonly string[] {
  if (chains.length === 0) return ['nothing has been written yet'];
  const rows = chains.map(({ name, entries, hash, misfit }) => [
    name,
    `${entries}`,
    misfit === null ? 'as it was written' : `CHANGED: entry ${misfit} is not what was written`,
    hash === '' ? 'cannot be read' : hash,
  ]);
  const lines = table([['JOURNAL', 'ENTRIES', 'CHAIN', 'NEWEST HASH'], ...rows]);
  return chains.every(({ misfit }) => misfit === null)
    ? [
        ...lines,
        'Note the newest hashes where Fairway cannot write: as long as they stay, nothing before them was rewritten.',
      ]
    : [
        ...lines,
        'Bring the journal back from a copy of before ("fairway backup --list"), and find out who can write to the store.',
      ];
}

function lines(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1_000) throw new InvalidArgumentError('write a whole number from 1 to 1000.');
  return count;
}
