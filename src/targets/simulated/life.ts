import { instant, seededRandom } from '#kernel';
import { exponential, happens, seedFrom, startTime } from './draws.ts';
import { isReady, note, type Replica, type RevisionState, type Site, violated } from './state.ts';

const never = Number.POSITIVE_INFINITY;
/** Restarts wait longer each time, up to a limit. */
const backOff = { first: 1_000, most: 30_000 } as const;
const logLines = 400;

/** A new replica of a revision, started now. It takes no jobs before it is asked to (R14). */
export function startReplica(site: Site, of: RevisionState): void {
  site.born += 1;
  const now = site.world.clock.elapsed();
  const replica: Replica = {
    name: `${of.revision.id}-${site.born.toString(36).padStart(4, '0')}`,
    of,
    random: seededRandom(seedFrom(site.random)),
    port: 20_000 + (site.born % 40_000),
    pid: 0,
    phase: 'serving',
    run: 'starting',
    next: 'nothing',
    nextAt: never,
    readyAt: never,
    readySince: null,
    crashAt: never,
    endedAt: never,
    flapAt: never,
    stuck: false,
    crashes: 0,
    consuming: false,
    busyUntil: 0,
    view: null,
  };
  of.replicas.push(replica);
  boot(site, replica, now);
  of.service.nextAt = Math.min(of.service.nextAt, replica.nextAt);
}

function boot(site: Site, replica: Replica, at: number): void {
  const { behaviour } = replica.of;
  site.logged += 1;
  replica.pid = 100 + site.logged;
  turn(site, replica, 'starting', 'started');
  replica.stuck = happens(replica.random, site.world.faults.stuckStart);
  const takes = startTime(replica.random, behaviour.startMillis);
  if (happens(replica.random, behaviour.crashOnStart)) return plan(replica, 'crash', at + takes);
  if (behaviour.neverReady || replica.stuck) return plan(replica, 'nothing', never);
  plan(replica, 'ready', at + takes);
}

/** Lets the replica live up to and including the moment of its next event. */
export function liveOn(site: Site, replica: Replica): void {
  const at = replica.nextAt;
  switch (replica.next) {
    case 'boot':
      return boot(site, replica, at);
    case 'ready':
      return becomeReady(site, replica, at);
    case 'flap': {
      replica.consuming = false;
      turn(site, replica, 'unready', 'not ready');
      const recovers = at + exponential(replica.random, replica.of.behaviour.flapFor);
      replica.flapAt = recovers;
      return planNext(replica);
    }
    case 'recover':
      setReady(site, replica, at);
      replica.flapAt = at + exponential(replica.random, replica.of.behaviour.flapEvery);
      return planNext(replica);
    case 'crash':
      return crash(site, replica, at);
    case 'nothing':
      return;
  }
}

function becomeReady(site: Site, replica: Replica, at: number): void {
  const { crashEvery, crashAfter, leakAfter, flapEvery } = replica.of.behaviour;
  setReady(site, replica, at);
  replica.readyAt = at;
  const own = Math.min(exponential(replica.random, crashEvery), crashAfter ?? never, leakAfter ?? never);
  replica.crashAt = at + own;
  replica.endedAt = at + exponential(replica.random, site.world.faults.crashEvery);
  replica.flapAt = at + exponential(replica.random, flapEvery);
  planNext(replica);
}

function setReady(site: Site, replica: Replica, at: number): void {
  const { clock } = site.world;
  replica.readySince = instant(clock.now() - Math.ceil(clock.elapsed() - at));
  turn(site, replica, 'ready', 'ready');
  if (replica.of.revision.spec.consumer !== null) takeJobs(site, replica.of);
}

/** R14: as many take jobs as were asked to, also when one of those was replaced. */
export function takeJobs(site: Site, of: RevisionState): void {
  const wanted = of.active ?? 0;
  const idle = of.replicas.filter((replica) => isReady(replica) && !replica.consuming);
  const missing = wanted - of.replicas.filter(({ consuming }) => consuming).length;
  const begun = idle.slice(0, Math.max(0, missing));
  for (const replica of begun) {
    replica.consuming = true;
    replica.view = null;
    note(site, `${replica.name} takes jobs`);
  }
  if (begun.length > 0) judgeResume(site, of);
}

/** Two revisions at work, though one of them was told to rest: the same job may be done twice. */
function judgeResume(site: Site, state: RevisionState): void {
  const now = site.world.clock.elapsed();
  for (const other of state.service.revisions) {
    if (other === state || other.active !== 0) continue;
    const busy = other.replicas.filter(({ consuming, busyUntil }) => consuming || busyUntil > now);
    if (busy.length > 0)
      violated(
        site,
        'R14',
        `${state.revision.id} takes jobs while ${busy.length} of the passive ${other.revision.id} have one unfinished`,
      );
  }
}

/** It ends unasked. What it had begun goes back to the queue. */
export function crash(site: Site, replica: Replica, at: number): void {
  replica.crashes += 1;
  replica.consuming = false;
  replica.busyUntil = 0;
  replica.readySince = null;
  [replica.readyAt, replica.crashAt, replica.endedAt, replica.flapAt] = [never, never, never, never];
  turn(site, replica, 'backingOff', 'ended with exit code 1');
  plan(replica, 'boot', at + Math.min(backOff.most, backOff.first * 2 ** (replica.crashes - 1)));
}

function planNext(replica: Replica): void {
  const ends = Math.min(replica.crashAt, replica.endedAt);
  if (ends <= replica.flapAt) plan(replica, ends === never ? 'nothing' : 'crash', ends);
  else plan(replica, replica.run === 'unready' ? 'recover' : 'flap', replica.flapAt);
}

function plan(replica: Replica, next: Replica['next'], at: number): void {
  replica.next = next;
  replica.nextAt = at;
}

function turn(site: Site, replica: Replica, run: Replica['run'], text: string): void {
  if (run !== 'ready') replica.readySince = null;
  replica.run = run;
  replica.view = null;
  log(site, replica, text);
  note(site, `${replica.name} ${text}`);
}

function log(site: Site, replica: Replica, text: string): void {
  site.logged += 1;
  site.log.push({ number: site.logged, replica, text });
  if (site.log.length > 2 * logLines) site.log.splice(0, logLines);
}

/** From now on nothing happens to it by itself: it leaves. */
export function leave(site: Site, replica: Replica, phase: Replica['phase']): void {
  replica.phase = phase;
  replica.view = null;
  if (phase !== 'drained') replica.consuming = false;
  plan(replica, 'nothing', never);
  note(site, `${replica.name} ${phase}`);
}

/** What the world had done to it ends: it gets ready, and lives as long as its own nature lets it. */
export function mend(site: Site, replica: Replica): void {
  if (replica.phase !== 'serving') return;
  replica.endedAt = never;
  if (replica.run === 'ready' || replica.run === 'unready') planNext(replica);
  if (!replica.stuck) return;
  replica.stuck = false;
  replica.view = null;
  const { behaviour } = replica.of;
  const at = site.world.clock.elapsed() + startTime(replica.random, behaviour.startMillis);
  if (replica.run === 'starting' && !behaviour.neverReady) plan(replica, 'ready', at);
}
