import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';
import { createClient } from '#api';
import { fail, millis } from '#kernel';
import { act, type Call } from './actions.ts';
import { check } from './check.ts';
import { addAudit } from './audit.ts';
import { addDashboard, tellDashboard } from './dashboard.ts';
import { complain, exitCodes } from './exit.ts';
import { load, type LoadFlags } from './load.ts';
import { logs, type LogFlags } from './logs.ts';
import { release, type ReleaseFlags } from './release.ts';
import { look, type LookOptions } from './look.ts';
import { environmentAt } from './place.ts';
import { recoverMachine } from './recover-machine.ts';
import { addRecovery } from './recovery-commands.ts';
import { addSimulate } from './simulate.ts';
import { addSteering } from './steering.ts';
import { addToken } from './token.ts';
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
  command('plan', 'what "up" or "release" would change, step by step', 'fairway plan')
    .addOption(strategyOption())
    .action(async (folder: string | undefined, flags: Common & { strategy?: LookOptions['strategy'] }) => {
      code = await withCall(world, folder, flags, true, (call) =>
        look(call, 'plan', { strategy: flags.strategy }),
      );
    });
  command('up', 'bring an environment to its declared state', 'fairway up --env dev')
    .option('--fresh', 'delete the data of its stores first, after asking')
    .option('--yes', 'do not ask')
    .option('--note <text>', 'kept in the history')
    .action(
      async (
        folder: string | undefined,
        flags: Common & { note?: string; fresh?: boolean; yes?: boolean },
      ) => {
        code = await withCall(world, folder, flags, true, (call) => up(call, flags));
      },
    );
  command('down', 'stop an environment; the data is kept', 'fairway down')
    .option('--erase', 'delete the data of its stores too, after asking')
    .option('--yes', 'do not ask')
    .option('--note <text>', 'kept in the history')
    .action(
      async (
        folder: string | undefined,
        flags: Common & { note?: string; erase?: boolean; yes?: boolean },
      ) => {
        code = await withCall(world, folder, flags, true, (call) =>
          down(call, flags.erase === true, flags.yes === true, flags.note ?? ''),
        );
      },
    );
  command(
    'release',
    'snapshot the system, roll it out, and follow',
    'fairway release --set edge.env.GREETING=hello',
  )
    .option('--from <folder or git reference>', 'build from there instead of the system folder')
    .option(
      '--promote <environment>',
      'release what that environment runs, without building anything; "staging@7" names a release of it',
    )
    .addOption(repeatable('--service <name>', 'only this service takes the new build; may be repeated'))
    .addOption(strategyOption())
    .addOption(
      repeatable('--set <service.env.KEY=value>', 'change a variable of this release; may be repeated'),
    )
    .option('--note <text>', 'kept in the history')
    .option('--no-wait', 'return when it is accepted')
    .action(async (folder: string | undefined, flags: Common & ReleaseFlags) => {
      code = await withCall(world, folder, flags, true, (call) => release(call, flags));
    });
  addSteering({
    command,
    wholeNumber,
    run: async (folder, flags, act) => {
      code = await withCall(world, folder, flags, true, act);
    },
  });
  addRecovery({
    program,
    command,
    run: async (folder, flags, act) => {
      code = await withCall(world, folder, flags, true, act);
    },
    machineLost: async (folder, flags) => {
      const place = resolve(world.cwd, folder ?? '.');
      code = await recoverMachine(world, place, flags, (_, env, act) =>
        withCall(world, folder, { ...flags, env }, true, act),
      );
    },
  });
  command('status', 'what runs now', 'fairway status').action(ends((call) => look(call, 'status'), true));
  command('history', 'releases and how they ended', 'fairway history').action(
    ends((call) => look(call, 'history'), true),
  );
  command('explain', 'why a release ended as it did, with the numbers', 'fairway explain --release 7')
    .option('--release <number>', 'the last one when left out', wholeNumber)
    .option('--all', 'every step, also the small ones')
    .action(async (folder: string | undefined, flags: Common & { release?: number; all?: boolean }) => {
      code = await withCall(world, folder, flags, true, (call) => look(call, 'explain', flags));
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
  command(
    'serve',
    'run the control plane with its API and dashboard',
    'fairway serve --listen 0.0.0.0:443 --public-url https://deploy.example.com --tls-cert cert.pem --tls-key key.pem',
  )
    .option('--port <port>', 'on this machine; a free one when left out', wholeNumber)
    .option('--listen <address>', 'host:port where browsers come; this machine only when left out')
    .option('--public-url <url>', 'by which others reach it, needed where --listen lets others in')
    .option('--tls-cert <file>', 'certificate with its chain, PEM, for --listen')
    .option('--tls-key <file>', 'its key, PEM')
    .option(
      '--store <address>',
      'keep the state in Postgres, for several control planes: postgres://user@host/database, without the password; the whole address may stand in FAIRWAY_STORE_URL',
    )
    .addOption(new Option('--background').hideHelp())
    .action(async (folder: string | undefined, flags: ServeFlags) => {
      const { port = null, store = null, background = false } = flags;
      const { listen = null, publicUrl = null } = flags;
      const file = (path: string | undefined) => (path === undefined ? null : resolve(world.cwd, path));
      const tls = { tlsCert: file(flags.tlsCert), tlsKey: file(flags.tlsKey) };
      const options = { port, store, background, listen, publicUrl, ...tls };
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
  const exits = (exit: number) => {
    code = exit;
  };
  addSimulate(program, world, exits);
  addDashboard(program, world, exits);
  addToken(program, world, exits);
  addAudit(program, world, exits);

  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (reason) {
    if (!(reason instanceof CommanderError)) throw reason;
    return reason.exitCode === 0 ? exitCodes.done : exitCodes.wrongInput;
  }
  return code;
}

interface ServeFlags {
  readonly port?: number;
  readonly listen?: string;
  readonly publicUrl?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly store?: string;
  readonly background?: boolean;
}

const strategyOption = () =>
  new Option('--strategy <kind>', 'for all services, instead of the declared ones').choices([
    'rolling',
    'canary',
    'blue-green',
  ]);

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
  const clientOf = (mayStart: boolean) =>
    createClient(
      () => world.connect(place, mayStart),
      (wait) => world.clock.sleep(millis(wait), world.interrupted),
    );
  // Taken out of the definition it may still run: then it has to be seen, and taken down. For a mistyped name nothing is started.
  const isUp = async (name: string) => {
    const ask = { params: { environment: name } };
    return (await clientOf(false).call('GET /v1/environments/{environment}/status', ask)).ok;
  };
  const found = await environmentAt(world, place, flags.env, json, isUp);
  if ('exit' in found) return found.exit;
  const { environment } = found;
  const first = await world.connect(place, start);
  if (!first.ok) return complain(world, { failure: first.error }, json);
  const client = clientOf(start);
  const typed = `${folder === undefined ? '' : ` ${folder}`}${flags.env === undefined ? '' : ` --env ${flags.env}`}`;
  return run({ world, client, folder: place, environment, place: typed, json });
}

async function up(call: Call, flags: { note?: string; fresh?: boolean; yes?: boolean }): Promise<number> {
  if (flags.fresh === true) {
    const erased = await down(call, true, flags.yes === true, flags.note ?? '');
    if (erased !== exitCodes.done) return erased;
  }
  await tellDashboard(call.world, call.client, call.json);
  return act(call, 'up', { note: flags.note ?? '' }, { ends: 'environment', wait: true });
}

async function down(call: Call, erase: boolean, sure: boolean, note: string): Promise<number> {
  const { world, environment, json } = call;
  if (erase && !sure) {
    const answer = await world.confirm(`Delete the data of all stores of ${environment}?`);
    if (answer === null)
      return complain(world, { failure: fail('confirmation_needed', { environment }).error }, json);
    if (!answer) return exitCodes.refused;
  }
  return act(call, 'down', { erase, note }, { ends: 'environment', wait: true });
}
