import { type Clock, minutes } from '#kernel';

/** Waits for Ctrl-C, and keeps the program running meanwhile: a promise alone does not, a timer does. */
export async function untilInterrupted(clock: Clock, interrupted: AbortSignal): Promise<void> {
  while (!interrupted.aborted) await clock.sleep(minutes(1), interrupted);
}
