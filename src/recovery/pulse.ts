import { type Clock, type Failure, type Result, seconds } from '#kernel';
import type { StorePulse } from '#ports';
import { settled } from './calling.ts';

const pace = seconds(1);
/** A store that answers nothing for so long is told as one that does not take the pulse. */
const patience = seconds(10);

/**
 * Beats in one store once a second until the signal is aborted. A beat that takes longer is waited for, so that there are never two
 * at once; `told` hears how it went: null for a beat that arrived.
 */
export async function keepPulse(
  pulse: StorePulse,
  { clock, signal, told }: { clock: Clock; signal: AbortSignal; told: (failure: Failure | null) => void },
): Promise<void> {
  let beating: Promise<Result<null>> | null = null;
  let turns = 0;
  while (!signal.aborted) {
    if (beating === null) {
      turns = 0;
      beating = settled('the pulse', () => pulse.beat(clock.now())).then((result) => {
        beating = null;
        told(result.ok ? null : result.error);
        return result;
      });
    }
    await clock.sleep(pace, signal);
    turns += 1;
    if (beating !== null && turns === patience / pace)
      told({ code: 'recovery_timed_out', facts: { what: 'the pulse', limit: patience } });
  }
  // What is under way has a deadline of its own in the store's client, and is not left to itself before that.
  const over = new AbortController();
  await Promise.race([beating, clock.sleep(patience, over.signal)]);
  over.abort();
}
