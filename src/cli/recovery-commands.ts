import { Argument, type Command, Option } from 'commander';
import type { Call } from './actions.ts';
import { recover, type Scenario, scenarios } from './recover.ts';
import type { RecoverFlags } from './recover-flags.ts';
import type { MachineFlags } from './recover-machine.ts';
import { backup, type BackupFlags, hold, type HoldFlags } from './recovery-backup.ts';
import { evidence, drill, recovery } from './recovery-look.ts';
import { restore, type RestoreFlags } from './recovery-restore.ts';
import type { Building } from './steering.ts';

type Flags = { readonly env?: string; readonly json?: boolean };

interface RecoveryBuilding extends Pick<Building, 'command' | 'run'> {
  readonly program: Command;
  /** Begins without a control plane. */
  readonly machineLost: (folder: string | undefined, flags: MachineFlags) => Promise<void>;
}

/** Adds what keeps data safe: copies, restores, drills. */
export function addRecovery({ program, command, run, machineLost }: RecoveryBuilding): void {
  const adding = (added: Command, act: (call: Call, flags: never) => Promise<number>) =>
    added.action((folder: string | undefined, flags: Flags) =>
      run(folder, flags, (call) => act(call, flags as never)),
    );

  adding(
    command('backup', 'make copies now and read them back', 'fairway backup --store database')
      .addOption(stores('--store <name>', 'only this store; may be repeated'))
      .option('--list', 'only print what copies there are')
      .option('--note <text>', 'kept in the journal'),
    (call, flags: BackupFlags) => backup(call, flags),
  );
  adding(
    command(
      'restore',
      'bring data back beside the running store',
      'fairway restore --store database --at "5m ago"',
    )
      .option('--store <name>', 'which; needed where several have copies')
      .option(
        '--at <time>',
        'to this moment: 2026-05-04T14:03:07Z, 14:03:07, "5m ago"; the latest when left out',
      )
      .option('--before <transaction>', 'to just before a transaction, by its number')
      .option('--copy <id>', 'from this copy')
      .option('--in-place', 'put it in the place of the running one, after asking')
      .option('--use <id>', 'put what was restored beside in the place of the running one, after asking')
      .option('--login <id>', 'print how to get into what was restored beside, with its password')
      .option('--discard <id>', 'remove what was restored beside')
      .option('--yes', 'do not ask'),
    (call, flags: RestoreFlags) => restore(call, flags),
  );
  adding(
    command('drill', 'try a restore and measure it', 'fairway drill --env prod').option(
      '--note <text>',
      'kept in the journal',
    ),
    (call, { note }: { note?: string }) => drill(call, note ?? ''),
  );
  adding(
    command('recovery', 'how safe the data is now', 'fairway recovery --json').option(
      '--evidence',
      'what was done, as the journal has it',
    ),
    (call, flags: { evidence?: boolean }) => (flags.evidence === true ? evidence(call) : recovery(call)),
  );
  adding(
    command('hold', 'keep copies whatever their age', 'fairway hold --store database --reason "case 12"')
      .option('--store <name>', 'whose copies')
      .option('--copy <id>', 'only this one')
      .option('--reason <text>', 'why')
      .option('--release <id>', 'end a hold'),
    (call, flags: HoldFlags & { store?: string }) => hold(call, flags.store ?? null, flags),
  );
  addRecover(program, run, machineLost);
}

/** The scenario stands before the folder. */
function addRecover(
  program: Command,
  run: RecoveryBuilding['run'],
  machineLost: RecoveryBuilding['machineLost'],
): void {
  program
    .command('recover')
    .description('walk through a runbook: database-corrupted, data-deleted, machine-lost, breach')
    .addArgument(
      new Argument('<scenario>', 'what happened').choices([...Object.keys(scenarios), 'machine-lost']),
    )
    .argument('[folder]', 'of the system')
    .option('--env <name>', 'environment; the first declared one when left out')
    .option('--store <name>', 'which; needed where several databases have copies')
    .option('--at <time>', 'when data were deleted, or the moment to go back to')
    .option('--before <transaction>', 'to just before a transaction, by its number')
    .option('--copy <id>', 'from this copy')
    .option('--beside', 'leave what was restored beside')
    .option('--from <place>', 'machine-lost: where the copies lie')
    .option('--key <file>', 'machine-lost: the recovery key')
    .option('--yes', 'answer what may be answered beforehand')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  fairway recover data-deleted --at 14:03:07')
    .action(async (name: string, folder: string | undefined, flags: Flags & RecoverFlags & MachineFlags) => {
      const scenario = (Object.keys(scenarios) as Scenario[]).find((known) => known === name);
      if (scenario === undefined) await machineLost(folder, flags);
      else await run(folder, flags, (call) => recover(call, scenario, flags));
    });
}

function stores(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: readonly string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
}
