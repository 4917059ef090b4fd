import { type Command, InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';
import { dayAndTime, type Refusal, type Role, roles, type TokenView } from '#api';
import { fail, ok, type Result } from '#kernel';
import { clientFor } from './dashboard.ts';
import { complain, exitCodes } from './exit.ts';
import { table } from './table.ts';
import type { World } from './world.ts';

interface Flags {
  readonly json?: boolean;
}

/** `token create`, `token list` and `token revoke`. */
export function addToken(program: Command, world: World, ends: (exit: number) => void): void {
  const token = program.command('token').description('let people and programs in, and out again');
  const place = (folder: string | undefined) => resolve(world.cwd, folder ?? '.');
  token
    .command('create <name> [folder]')
    .description('make a token; it is shown once')
    .addOption(
      new Option('--role <role>', 'what it may: look, release, agree to releases, or everything')
        .choices(roles)
        .makeOptionMandatory(),
    )
    .option(
      '--approves <role>',
      'in which role it agrees to releases; again for each (left out: in all)',
      again,
    )
    .option('--days <count>', 'how long it is good, 3650 at most', days, 90)
    .option('--no-end', 'until it is revoked')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  fairway token create ci --role deployer --days 90')
    .action(async (name: string, folder: string | undefined, flags: CreateFlags) => {
      ends(await create(world, place(folder), name, flags));
    });
  token
    .command('list [folder]')
    .description('who was let in, and when they were here last')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  fairway token list')
    .action(async (folder: string | undefined, flags: Flags) => {
      ends(await list(world, place(folder), flags.json === true));
    });
  token
    .command('revoke <name-or-id> [folder]')
    .description('end a token and every login made with it, at once')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  fairway token revoke ci')
    .action(async (named: string, folder: string | undefined, flags: Flags) => {
      ends(await revoke(world, place(folder), named, flags.json === true));
    });
}

interface CreateFlags extends Flags {
  readonly role: Role;
  readonly approves?: readonly string[];
  readonly days: number;
  readonly end: boolean;
}

async function create(world: World, folder: string, name: string, flags: CreateFlags): Promise<number> {
  const { role, json = false } = flags;
  const approves = flags.approves === undefined ? null : [...flags.approves];
  const body = { by: world.user, name, role, approves, days: flags.end ? flags.days : null };
  const made = await clientFor(world, folder).call('POST /v1/access/tokens', { body });
  if (!made.ok) return complain(world, made.error, json);
  if (json) {
    world.print(JSON.stringify(made.value));
    return exitCodes.done;
  }
  // The token alone on standard output: it can be sent on into a file or a secret store without being seen.
  world.complain(
    `${name}, ${roleText(made.value)}, ${endText(made.value)}; only its hash is kept, so this is the one time it is shown:`,
  );
  world.print(made.value.token);
  return exitCodes.done;
}

async function list(world: World, folder: string, json: boolean): Promise<number> {
  const tokens = await clientFor(world, folder).call('GET /v1/access/tokens', {});
  if (!tokens.ok) return complain(world, tokens.error, json);
  if (json) world.print(JSON.stringify(tokens.value));
  else for (const line of tokenLines(tokens.value)) world.print(line);
  return exitCodes.done;
}

async function revoke(world: World, folder: string, named: string, json: boolean): Promise<number> {
  const client = clientFor(world, folder);
  const tokens = await client.call('GET /v1/access/tokens', {});
  if (!tokens.ok) return complain(world, tokens.error, json);
  const found = tokenNamed(tokens.value, named);
  if (!found.ok) return complain(world, found.error, json);
  const { id, name } = found.value;
  const revoked = await client.call('DELETE /v1/access/tokens/{id}', { params: { id } });
  if (!revoked.ok) return complain(world, revoked.error, json);
  if (json) world.print(JSON.stringify({ id, name, ...revoked.value }));
  else world.print(revoked.value.revoked ? `${name} is revoked` : `${name} was revoked before`);
  return exitCodes.done;
}

/** By its id, or the good one of that name; a name may be taken again after its token is over. */
export function tokenNamed(tokens: readonly TokenView[], named: string): Result<TokenView, Refusal> {
  const found =
    tokens.find(({ id }) => id === named) ??
    tokens.find(({ name, state }) => name === named && state === 'good') ??
    tokens.find(({ name }) => name === named);
  if (found !== undefined) return ok(found);
  return { ok: false, error: { failure: fail('token_unknown', { id: named }).error } };
}

export function tokenLines(tokens: readonly TokenView[]): readonly string[] {
  if (tokens.length === 0) return ['no tokens; "fairway token create" makes one'];
  return table([
    ['name', 'role', 'id', 'made', 'ends', 'last used'],
    ...tokens.map((token) => [
      token.name,
      roleText(token),
      token.id,
      `${dayAndTime(token.createdAt)} by ${token.by}`,
      endText(token),
      token.lastUsedAt === null ? 'never' : dayAndTime(token.lastUsedAt),
    ]),
  ]);
}

const roleText = ({ role, approves }: Pick<TokenView, 'role' | 'approves'>): string =>
  approves === null ? role : `${role} as ${approves.join(', ')}`;

function endText({ state, until }: Pick<TokenView, 'state' | 'until'>): string {
  if (state === 'revoked') return 'revoked';
  if (until === null) return 'good until it is revoked';
  return state === 'good' ? `good until ${dayAndTime(until)}` : `ended ${dayAndTime(until)}`;
}

const again = (text: string, before: readonly string[] = []) => [...before, text];

function days(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 3_650) throw new InvalidArgumentError('write a whole number from 1 to 3650.');
  return count;
}
