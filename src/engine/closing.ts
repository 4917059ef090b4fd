import { after, type Clock, minutes, type Result } from '#kernel';
import { bounded } from './perform.ts';
import type { EnvironmentRow } from './records.ts';
import type { Runner } from './runner.ts';

/** Takes an environment down, now that no rollout is under way. Who asked hears of its end by the journal. */
export async function closeEnvironment(
  runner: Runner,
  clock: Clock,
  { erase }: NonNullable<EnvironmentRow['closing']>,
): Promise<Result<null>> {
  const { ledger, target } = runner;
  const context = {
    key: `down/${ledger.sequence()}`,
    fence: runner.epoch(),
    deadline: after(clock.now(), minutes(3)),
  };
  await runner.endChores();
  const { signal } = new AbortController();
  const closed = await bounded(clock, context, signal, (inner) => target.close({ erase }, inner));
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
