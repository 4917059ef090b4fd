import type { AcceptedView, Client, Outcome, StatusView, TimelineEntry } from '#api';
import { millis } from '#kernel';
import { timeOfDay, timeSpan } from './table.ts';
import type { World } from './world.ts';

export interface FollowOptions {
  readonly json: boolean;
  /** The entry that ends the story: of the environment (`up`, `down`) or of its rollout. */
  readonly ends: 'environment' | 'rollout';
  /** Goes on following a step that is held for lack of evidence. */
  readonly patient?: boolean;
}

/** How often a wait says that it is still waiting, where there is no terminal to redraw. */
const progressEvery = 10_000;

/** Prints the story of an accepted request as the journal tells it; resolves with how it ended, or null on Ctrl-C. */
export async function follow(
  world: World,
  client: Client,
  environment: string,
  accepted: AcceptedView,
  options: FollowOptions,
): Promise<Outcome | null> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  world.interrupted.addEventListener('abort', interrupt, { once: true });
  const progress = options.json ? Promise.resolve() : showProgress(world, client, environment, stop.signal);
  let rollout: Outcome | null = null;
  let outcome: Outcome | null = null;
  try {
    for await (const entry of client.events(environment, accepted.after, stop.signal)) {
      tell(world, entry, options.json);
      if (entry.rollout !== null && entry.outcome !== null) rollout = entry.outcome;
      outcome = endOf(entry, rollout, options);
      if (outcome !== null) break;
    }
  } finally {
    stop.abort();
    world.interrupted.removeEventListener('abort', interrupt);
    await progress;
  }
  return outcome;
}

function endOf(
  entry: TimelineEntry,
  rollout: Outcome | null,
  { ends, patient }: FollowOptions,
): Outcome | null {
  if (entry.outcome === null || (entry.outcome === 'held' && patient === true)) return null;
  if (entry.outcome === 'held' || ends === 'rollout') return entry.outcome;
  if (entry.rollout !== null) return null;
  return rollout === 'rolledBack' || rollout === 'failed' ? rollout : entry.outcome;
}

function tell(world: World, entry: TimelineEntry, json: boolean): void {
  if (json) world.print(JSON.stringify(entry));
  else if (entry.sentence !== null) world.print(`${timeOfDay(entry.at)}  ${entry.sentence}`);
}

/** While a step is held: how long still, and what the gate sees. */
async function showProgress(
  world: World,
  client: Client,
  environment: string,
  signal: AbortSignal,
): Promise<void> {
  let nextLine = world.clock.now() + progressEvery;
  while (!signal.aborted) {
    await world.clock.sleep(millis(1_000), signal);
    if (signal.aborted || (!world.terminal && world.clock.now() < nextLine)) continue;
    const status = await client.get<StatusView>(`/v1/environments/${environment}/status`);
    const line = status.ok
      ? progressLine(status.value, world.clock.now())
      : 'the control plane does not answer; what runs goes on';
    if (signal.aborted || line === null) continue;
    if (world.terminal) world.progress(line);
    else world.print(`${timeOfDay(world.clock.now())}  ${line}`);
    nextLine = world.clock.now() + progressEvery;
  }
}

/** `held 12s of 20s · edge canary 312 requests, 0 failed · gate inconclusive` */
export function progressLine(status: StatusView, now: number): string | null {
  const { rollout } = status;
  if (rollout === null || rollout.since === null || rollout.until === null) return null;
  const canaries = rollout.arms
    .filter((arm) => arm.role === 'canary')
    .map((arm) => `${arm.service} canary ${arm.requests} requests, ${arm.failures} failed`);
  const time = `held ${timeSpan(now - rollout.since)} of ${timeSpan(rollout.until - rollout.since)}`;
  const gate = rollout.verdict === null ? [] : [`gate ${rollout.verdict.kind}`];
  return [time, ...canaries, ...gate].join(' · ');
}

export const interruptedNote =
  'Left off following; the rollout goes on. "fairway status" shows it, "fairway abort" goes back.';
