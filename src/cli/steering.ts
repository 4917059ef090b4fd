import type { Command } from 'commander';
import { act, type ActOptions, type Call } from './actions.ts';

/** What the commands that steer a rollout are built with. */
export interface Building {
  /** A command with a folder, `--env` and `--json`. */
  readonly command: (name: string, summary: string, example: string) => Command;
  /** Runs it; `start` finds or starts the control plane first. */
  readonly run: (
    folder: string | undefined,
    flags: object,
    act: (call: Call) => Promise<number>,
  ) => Promise<void>;
  readonly wholeNumber: (text: string) => number;
}

interface Flags {
  readonly note?: string;
  readonly wait: boolean;
  readonly to?: number;
  readonly as?: string;
}

const followed = { ends: 'rollout' } as const;

/** `rollback`, `abort`, `promote`, `approve`, `pause` and `resume`. */
export function addSteering(building: Building): void {
  const { command, run, wholeNumber } = building;
  command(
    'rollback',
    'go back to the release before this one, or to a named one',
    'fairway rollback --note "carts empty"',
  )
    .argument('[release]', 'the release to go back to; the one before when left out')
    .option('--to <release>', 'the same', wholeNumber)
    .option('--note <text>', 'kept in the history')
    .option('--no-wait', 'return when it is accepted')
    .action(async (first: string | undefined, second: string | undefined, flags: Flags) => {
      const { folder, release } = placeAndRelease(first, second);
      const to = flags.to ?? (release === null ? null : wholeNumber(release));
      await run(folder, flags, (call) =>
        act(call, 'rollback', { to, note: flags.note ?? '' }, { ...followed, wait: flags.wait }),
      );
    });

  const intent = (
    name: 'abort' | 'promote' | 'resume',
    summary: string,
    example: string,
    options: Omit<ActOptions, 'wait'>,
  ) =>
    command(name, summary, example)
      .option('--note <text>', 'kept in the history')
      .option('--no-wait', 'return when it is accepted')
      .action((folder: string | undefined, flags: Flags) =>
        run(folder, flags, (call) =>
          act(call, name, { note: flags.note ?? '' }, { ...options, wait: flags.wait }),
        ),
      );
  intent('abort', 'stop the rollout under way and go back', 'fairway abort --note "wrong build"', {
    ...followed,
    wanted: 'rolledBack',
  });
  intent(
    'promote',
    'end what the rollout waits for, a hold or a window: you vouch for it',
    'fairway promote --note "watched it myself"',
    followed,
  );
  intent('resume', 'let a paused rollout go on', 'fairway resume', followed);

  command(
    'pause',
    'keep the rollout where it is; safety rules go on',
    'fairway pause --note "looking at the logs"',
  )
    .option('--note <text>', 'kept in the history')
    .action((folder: string | undefined, flags: Flags) =>
      run(folder, flags, (call) => {
        const done = `paused; "fairway resume${call.place}" lets it go on, "fairway abort${call.place}" goes back`;
        return act(call, 'pause', { note: flags.note ?? '' }, { ...followed, wait: false, done });
      }),
    );
  command(
    'approve',
    'agree to the release that waits for it',
    'fairway approve --as "release manager" --note "seen"',
  )
    .requiredOption('--as <role>', 'the role in which you agree')
    .option('--note <text>', 'kept in the history')
    .option('--no-wait', 'return when it is accepted')
    .action((folder: string | undefined, flags: Flags) =>
      run(folder, flags, (call) =>
        act(
          call,
          'approve',
          { role: flags.as ?? '', note: flags.note ?? '' },
          { ...followed, wait: flags.wait },
        ),
      ),
    );
}

/** `rollback 7` names a release, `rollback shop 7` a folder and a release, `rollback shop` a folder. */
export function placeAndRelease(
  first: string | undefined,
  second: string | undefined,
): { readonly folder: string | undefined; readonly release: string | null } {
  const isNumber = first !== undefined && /^\d+$/.test(first);
  if (second === undefined && isNumber) return { folder: undefined, release: first };
  return { folder: first, release: second ?? null };
}
