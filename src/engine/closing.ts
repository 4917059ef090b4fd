import { type Clock, minutes, type Result } from '#kernel';
import { call } from './call.ts';
import type { EnvironmentRow } from './records.ts';
import type { Runner } from './runner.ts';

/** Takes an environment down, now that no rollout is under way. Who asked hears of its end by the journal. */
export async function closeEnvironment(
  runner: Runner,
  clock: Clock,
  { erase }: NonNullable<EnvironmentRow['closing']>,
): Promise<Result<null>> {
  const { ledger, target } = runner;
  const limits = { key: `down/${ledger.sequence()}`, within: minutes(3) };
  await runner.chores.end();
  const closed = await call(runner, clock, limits, (context) => target.close({ erase }, context));
  const row = { ...ledger.environment, closing: null };
  const entry = closed.ok
    ? { type: 'environment.closed', data: { erased: erase } }
    : { type: 'environment.failed', data: { failure: closed.error } };
  const down = {
    status: 'down',
    warm: null,

    restart: null,
    queued: null,
    opening: null,
  } as const;
  return ledger.commit(
    { entries: [entry], environment: closed.ok ? { ...row, ...down } : row },
    runner.epoch(),
  );
}
