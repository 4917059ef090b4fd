import {
  type AcceptedView,
  type Client,
  type Outcome,
  type Refusal,
  type StatusView,
  type TimelineEntry,
  timeOfDay,
  timeSpan,
} from '#api';
import { describeFailure, millis } from '#kernel';
import type { World } from './world.ts';

export interface FollowOptions {
  readonly json: boolean;
  /** The entry that ends the story: of the environment (`up`, `down`) or of its rollout. */
  readonly ends: 'environment' | 'rollout';
  /** Goes on following where the rollout waits for a person, or for evidence after its time. */
  readonly patient?: boolean;
}

const statusKey = 'GET /v1/environments/{environment}/status';

/** How often a wait says that it is still waiting, where there is no terminal to redraw: seldom after a while. */
const progressEvery = { first: 10_000, longest: 300_000 };

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
  /** Set while the time of a step is over and evidence may come late; nothing may happen any more that would tell. */
  let late: AbortController | null = null;
  try {
    for await (const entry of client.events(environment, accepted.after, stop.signal)) {
      tell(world, entry, options.json);
      if (entry.rollout !== null && entry.outcome !== null) rollout = entry.outcome;
      outcome = endOf(entry, rollout, accepted, options);
      if (outcome === 'held') {
        const waits = await needed(client, environment);
        if (waits !== 'a person') outcome = null;
        if (waits === 'evidence' && late === null) {
          late = new AbortController();
          void giveUpLater(late.signal);
        }
      } else if (entry.rollout !== null) {
        late?.abort('it went on');
        late = null;
      }
      if (outcome !== null) break;
    }
  } finally {
    stop.abort();
    world.interrupted.removeEventListener('abort', interrupt);
    await progress;
  }
  return outcome;

  /** Evidence is often only a moment late. */
  async function giveUpLater(wentOn: AbortSignal): Promise<void> {
    await world.clock.sleep(lateEvidence, AbortSignal.any([wentOn, stop.signal]));
    const isHeld = () => !wentOn.aborted && !stop.signal.aborted;
    if (!isHeld() || (await needed(client, environment)) === 'nothing' || !isHeld()) return;
    outcome = 'held';
    stop.abort();
  }
}

/** What a rollout cannot go on without; it may have gone on while we heard that it was held. */
async function needed(client: Client, environment: string): Promise<'nothing' | 'evidence' | 'a person'> {
  const status = await client.call(statusKey, { params: { environment } });
  const waits = status.ok ? (status.value.rollout?.waitsFor ?? null) : null;
  if (waits === null || !waits.person) return 'nothing';
  return waits.kind === 'evidence' ? 'evidence' : 'a person';
}

const lateEvidence = millis(15_000);

/** A release that was queued has the end of another one told before its own. */
export function endOf(
  entry: TimelineEntry,
  rollout: Outcome | null,
  accepted: AcceptedView,
  { ends, patient }: FollowOptions,
): Outcome | null {
  if (entry.outcome === null || (entry.outcome === 'held' && patient === true)) return null;
  const isOthers = accepted.release !== null && entry.release !== null && entry.release !== accepted.release;
  if (isOthers) return null;
  if (entry.outcome === 'held' || ends === 'rollout') return entry.outcome;
  if (entry.rollout !== null) return null;
  return rollout === 'rolledBack' || rollout === 'failed' ? rollout : entry.outcome;
}

function tell(world: World, entry: TimelineEntry, json: boolean): void {
  if (json) world.print(JSON.stringify(entry));
  // How far a job is belongs into the line that is redrawn.
  else if (entry.sentence !== null && entry.rollout?.event.type !== 'jobProgressed')
    world.print(`${timeOfDay(entry.at)}  ${entry.sentence}`);
  if (!json && entry.hint !== undefined) world.print(`hint      ${entry.hint}`);
}

/** While nothing happens: what it waits for, how long still, and what the gate sees. */
async function showProgress(
  world: World,
  client: Client,
  environment: string,
  signal: AbortSignal,
): Promise<void> {
  let wait = progressEvery.first;
  let nextLine = world.clock.now() + wait;
  let before: string | null = null;
  let said: string | null = null;
  const left = new Promise<null>((resolve) =>
    signal.addEventListener('abort', () => resolve(null), { once: true }),
  );
  while (!signal.aborted) {
    await world.clock.sleep(millis(1_000), signal);
    if (signal.aborted || (!world.terminal && world.clock.now() < nextLine)) continue;
    const status = await Promise.race([client.call(statusKey, { params: { environment } }), left]);
    if (status === null) return;
    const line = status.ok
      ? progressLine(status.value, world.clock.now())
      : 'the control plane does not answer; what runs goes on';
    if (signal.aborted || line === null) continue;
    const why = status.ok ? null : whyNot(status.error);
    if (why !== null && why !== said) world.print(`${timeOfDay(world.clock.now())}  ${why}`);
    said = why ?? said;
    if (world.terminal) world.progress(line);
    else world.print(`${timeOfDay(world.clock.now())}  ${line}`);
    const { phase = '', stage = '' } = (status.ok ? status.value.rollout : null) ?? {};
    const where = `${phase} ${stage ?? ''}`;
    wait = where === before ? Math.min(progressEvery.longest, wait * 2) : progressEvery.first;
    before = where;
    nextLine = world.clock.now() + wait;
  }
}

/** Why no control plane could be started, in its own words where it had any; null: it is only not there at the moment. */
function whyNot(refusal: Refusal): string | null {
  if ('problem' in refusal || refusal.failure.code === 'control_plane_unreachable') return null;
  return describeFailure(refusal.failure).sentence;
}

/**
 * `held 12s of 20s · edge canary 312 requests, 0 failed · gate inconclusive`, `expand the schema 41 % (412 of 1,000)`, or
 * what it waits for; null where there is nothing to wait for.
 */
export function progressLine(status: StatusView, now: number): string | null {
  const { rollout } = status;
  if (rollout === null) return null;
  if (rollout.paused !== null) return `paused by ${rollout.paused.by}`;
  if (rollout.progress !== null) return jobLine(rollout.progress);
  if (rollout.since === null || rollout.until === null)
    return rollout.waitsFor === null ? null : `waits for ${rollout.waitsFor.sentence}`;
  const canaries = rollout.arms
    .filter((arm) => arm.role === 'canary')
    .map((arm) => `${arm.service} canary ${arm.requests} requests, ${arm.failures} failed`);
  const time = `held ${timeSpan(now - rollout.since)} of ${timeSpan(rollout.until - rollout.since)}`;
  const gate = rollout.verdict === null ? [] : [`gate ${rollout.verdict.kind}`];
  const wait = rollout.held && rollout.waitsFor !== null ? [`waits for ${rollout.waitsFor.sentence}`] : [];
  return [time, ...canaries, ...gate, ...wait].join(' · ');
}

function jobLine({
  job,
  done,
  of,
  percent,
}: NonNullable<NonNullable<StatusView['rollout']>['progress']>): string {
  if (done === null) return `${job}: running`;
  const count = of === null ? `${done} done` : `${done} of ${of}`;
  return percent === null ? `${job}: ${count}` : `${job}: ${percent} % (${count})`;
}

export const interruptedNote =
  'Left off following; the rollout goes on. "fairway status" shows it, "fairway abort" goes back.';
