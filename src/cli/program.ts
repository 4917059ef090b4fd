import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';
import { createClient } from '#api';
import { fail, millis } from '#kernel';
import { act, type Call } from './actions.ts';
import { check } from './check.ts';
import { complain, exitCodes } from './exit.ts';
import { load, type LoadFlags } from './load.ts';
import { logs, type LogFlags } from './logs.ts';
import { release, type ReleaseFlags } from './release.ts';
import { look } from './look.ts';
import type { World } from './world.ts';

interface Common {
  readonly env?: string;
  readonly json?: boolean;
}

/** Runs one command line (without the program's name) and returns its exit code. */
export async function runCommandLine(
  args: readonly string[],
  world: World,
  version: string,
): Promise<number> {
  let code: number = exitCodes.done;
  const program = new Command('fairway')
    .description('One definition of a system, one release engine, on every target.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.print(text.trimEnd()),
      writeErr: (text) => world.complain(text.trimEnd()),
    })
    .showHelpAfterError('Run "fairway --help" for the commands.');

  const command = (name: string, summary: string, example: string) =>
    program
      .command(`${name} [folder]`)
      .description(summary)
      .option('--env <name>', 'environment; the first declared one when left out')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  ${example}`);

  const ends =
    (act: (call: Call) => Promise<number>, start: boolean) =>
    async (folder: string | undefined, flags: Common) => {
      code = await withCall(world, folder, flags, start, act);
    };

  command(
    'check',
    'read the definition and say what is wrong with it',
    'fairway check systems/trading-journal',
  )
    .option('--notes', 'also what is only worth knowing')
    .action(async (folder: string | undefined, flags: Common & { notes?: boolean }) => {
      code = await check(world, resolve(world.cwd, folder ?? '.'), flags.json === true, flags.notes === true);
    });
  command('plan', 'what "up" or "release" would change', 'fairway plan').action(
    ends((call) => look(call, 'plan'), true),
  );
  command('up', 'bring an environment to its declared state', 'fairway up --env dev')
    .option('--fresh', 'delete the data of its stores first, after asking')
    .option('--yes', 'do not ask')
    .action(async (folder: string | undefined, flags: Common & { fresh?: boolean; yes?: boolean }) => {
      code = await withCall(world, folder, flags, true, (call) => up(call, flags));
    });
  command('down', 'stop an environment; the data is kept', 'fairway down')
    .option('--erase', 'delete the data of its stores too, after asking')
    .option('--yes', 'do not ask')
    .action(async (folder: string | undefined, flags: Common & { erase?: boolean; yes?: boolean }) => {
      code = await withCall(world, folder, flags, true, (call) =>
        down(call, flags.erase === true, flags.yes === true),
      );
    });
  command(
    'release',
    'snapshot the system, roll it out, and follow',
    'fairway release --set edge.env.GREETING=hello',
  )
    .option('--from <folder or git reference>', 'build from there instead of the system folder')
    .addOption(repeatable('--service <name>', 'only this service takes the new build; may be repeated'))
    .addOption(new Option('--strategy <kind>', 'instead of the declared one').choices(['rolling', 'canary']))
    .addOption(
      repeatable('--set <service.env.KEY=value>', 'change a variable of this release; may be repeated'),
    )
    .option('--note <text>', 'kept in the history')
    .option('--no-wait', 'return when it is accepted')
    .action(async (folder: string | undefined, flags: Common & ReleaseFlags) => {
      code = await withCall(world, folder, flags, true, (call) => release(call, flags));
    });
  command('rollback', 'go back to the release before this one', 'fairway rollback')
    .option('--to <release>', 'or to this one', wholeNumber)
    .option('--note <text>', 'kept in the history')
    .action(async (folder: string | undefined, flags: Common & { to?: number; note?: string }) => {
      const body = { to: flags.to ?? null, note: flags.note ?? '' };
      code = await withCall(world, folder, flags, true, (call) =>
        act(call, 'rollback', body, { ends: 'rollout', wait: true }),
      );
    });
  command('abort', 'stop the rollout under way and go back', 'fairway abort --note "wrong build"')
    .option('--note <text>', 'kept in the history')
    .action(async (folder: string | undefined, flags: Common & { note?: string }) => {
      const options = { ends: 'rollout', wait: true, wanted: 'rolledBack' } as const;
      code = await withCall(world, folder, flags, true, (call) =>
        act(call, 'abort', { note: flags.note ?? '' }, options),
      );
    });
  command(
    'promote',
    'end the hold of the present step: you vouch for it',
    'fairway promote --note "watched it myself"',
  )
    .option('--note <text>', 'kept in the history')
    .action(async (folder: string | undefined, flags: Common & { note?: string }) => {
      const options = { ends: 'rollout', wait: true } as const;
      code = await withCall(world, folder, flags, true, (call) =>
        act(call, 'promote', { note: flags.note ?? '' }, options),
      );
    });
  command('status', 'what runs now', 'fairway status').action(ends((call) => look(call, 'status'), true));
  command('history', 'releases and how they ended', 'fairway history').action(
    ends((call) => look(call, 'history'), true),
  );
  command('explain', 'why a release ended as it did, with the numbers', 'fairway explain --release 7')
    .option('--release <number>', 'the last one when left out', wholeNumber)
    .action(async (folder: string | undefined, flags: Common & { release?: number }) => {
      code = await withCall(world, folder, flags, true, (call) => look(call, 'explain', flags.release));
    });
  command('logs', 'what the services print', 'fairway logs --service edge --follow')
    .option('--service <name>', 'only this one')
    .option('--lines <count>', 'how many of the last lines', wholeNumber, 100)
    .option('--follow', 'go on until Ctrl-C')
    .action(async (folder: string | undefined, flags: Common & LogFlags) => {
      code = await withCall(world, folder, flags, true, (call) => logs(call, flags));
    });
  command('probe', "run the system's checks now", 'fairway probe').action(
    ends((call) => look(call, 'probe'), true),
  );
  command('serve', 'run the control plane with its API and status page', 'fairway serve --port 7070')
    .option('--port <port>', 'a free one when left out', wholeNumber)
    .addOption(new Option('--background').hideHelp())
    .action(async (folder: string | undefined, flags: { port?: number; background?: boolean }) => {
      const options = { port: flags.port ?? null, background: flags.background === true };
      code = await world.serve(resolve(world.cwd, folder ?? '.'), options);
    });
  program
    .command('load <address>')
    .description('drive bounded load and count failures exactly')
    .option('--rate <per second>', 'requests started each second', wholeNumber, 50)
    .option('--seconds <count>', 'how long', wholeNumber, 10)
    .option('--path <path>', 'what is asked for', '/')
    .option('--connections <count>', 'at most', wholeNumber, 50)
    .option('--sockets <count>', 'WebSockets held open', wholeNumber, 0)
    .option('--socket-path <path>', 'where they connect', '/ws')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  fairway load http://127.0.0.1:3000 --rate 300 --seconds 30 --path /healthz',
    )
    .action(async (address: string, flags: LoadFlags) => {
      code = await load(world, address, flags);
    });

  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (reason) {
    if (!(reason instanceof CommanderError)) throw reason;
    return reason.exitCode === 0 ? exitCodes.done : exitCodes.wrongInput;
  }
  return code;
}

/** An option that may be given again and again, without swallowing what follows it. */
function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: readonly string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError(`write a whole number, not "${text}".`);
  return Number.parseInt(text, 10);
}

/** Finds folder, environment and control plane for a command. */
async function withCall(
  world: World,
  folder: string | undefined,
  flags: Common,
  start: boolean,
  run: (call: Call) => Promise<number>,
): Promise<number> {
  const place = resolve(world.cwd, folder ?? '.');
  const json = flags.json === true;
  const report = await world.check(place);
  const environment = flags.env ?? report.environments[0];
  const broken = report.findings.filter((finding) => finding.severity === 'error');
  if (environment === undefined) {
    const findings = broken.map((finding) => finding.line);
    const problem = {
      type: '',
      title: 'the definition cannot be used',
      status: 422,
      code: 'definition_unusable',
      hint: '',
      exit: 2,
    };
    return complain(world, { problem: { ...problem, findings } }, json);
  }
  if (!report.environments.includes(environment)) {
    const facts = { environment, environments: report.environments.join(', ') };
    return complain(world, { failure: fail('environment_unknown', facts).error }, json);
  }
  const first = await world.connect(place, start);
  if (!first.ok) return complain(world, { failure: first.error }, json);
  const client = createClient(
    () => world.connect(place, start),
    (wait) => world.clock.sleep(millis(wait), world.interrupted),
  );
  return run({ world, client, folder: place, environment, json });
}

async function up(call: Call, flags: { fresh?: boolean; yes?: boolean }): Promise<number> {
  if (flags.fresh === true) {
    const erased = await down(call, true, flags.yes === true);
    if (erased !== exitCodes.done) return erased;
  }
  return act(call, 'up', {}, { ends: 'environment', wait: true });
}

async function down(call: Call, erase: boolean, sure: boolean): Promise<number> {
  const { world, environment, json } = call;
  if (erase && !sure) {
    const answer = await world.confirm(`Delete the data of all stores of ${environment}?`);
    if (answer === null)
      return complain(world, { failure: fail('confirmation_needed', { environment }).error }, json);
    if (!answer) return exitCodes.refused;
  }
  return act(call, 'down', { erase }, { ends: 'environment', wait: true });
}
