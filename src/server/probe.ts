import type { ProbeView } from '#api';
import type { Environment } from '#core/system';
import { bounded, detailOf, type Runner } from '#engine';
import { after, type Clock, describeFailure, fail, millis, ok, type Result } from '#kernel';

/** Runs every check of the environment once, one after another, against the stable arm. */
export async function probeView(
  runner: Runner,
  clock: Clock,
  environment: Environment,
): Promise<Result<ProbeView[]>> {
  const name = environment.name;
  if (runner.ledger.environment.status === 'down') return fail('environment_down', { environment: name });
  const views: ProbeView[] = [];
  for (const check of environment.checks) {
    const began = clock.now();
    const context = {
      key: `probe/${check.name}`,
      fence: runner.epoch(),
      deadline: after(began, millis(check.timeout + 1_000)),
    };
    const signal = new AbortController().signal;
    const outcome = await bounded(clock, context, signal, (inner) =>
      runner.target.runTask({ kind: 'check', check, arm: 'stable' }, inner),
    );
    const tookMillis = clock.now() - began;
    if (!outcome.ok) {
      views.push({
        name: check.name,
        green: null,
        detail: describeFailure(outcome.error).sentence,
        tookMillis,
      });
      continue;
    }
    const { exitCode, output } = outcome.value;
    const green = exitCode === 0 ? true : exitCode === 1 ? false : null;
    views.push({ name: check.name, green, detail: detailOf(output), tookMillis });
  }
  return ok(views);
}
