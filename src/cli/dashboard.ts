import type { Command } from 'commander';
import { resolve } from 'node:path';
import { type Client, createClient, type LinkView, timeOfDay } from '#api';
import { millis } from '#kernel';
import { complain, exitCodes } from './exit.ts';
import type { World } from './world.ts';

/** `dashboard`: a link that opens it once. */
export function addDashboard(program: Command, world: World, ends: (exit: number) => void): void {
  program
    .command('dashboard [folder]')
    .description('a link that opens the dashboard in a browser, once')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  fairway dashboard')
    .action(async (folder: string | undefined, { json = false }: { readonly json?: boolean }) => {
      const client = clientFor(world, resolve(world.cwd, folder ?? '.'));
      const link = await client.call('POST /v1/access/links', { body: { by: world.user } });
      if (!link.ok) return ends(complain(world, link.error, json));
      if (json) world.print(JSON.stringify(link.value));
      else for (const line of linkLines(link.value)) world.print(line);
      return ends(exitCodes.done);
    });
}

export const linkLines = ({ url, until }: LinkView): readonly string[] => [
  `dashboard: ${url}`,
  `           it opens once, until ${timeOfDay(until)}`,
];

/** Says where to look, where somebody is there to read it. That there is no link is no reason to complain. */
export async function tellDashboard(world: World, client: Client, json: boolean): Promise<void> {
  if (!world.terminal || json) return;
  const link = await client.call('POST /v1/access/links', { body: { by: world.user } });
  if (link.ok) world.print(`dashboard: ${link.value.url}`);
}

/** Speaks to the control plane of a folder, which is started where none runs. */
export function clientFor(world: World, folder: string): Client {
  return createClient(
    () => world.connect(folder, true),
    (wait) => world.clock.sleep(millis(wait), world.interrupted),
  );
}
