import type { Backend } from './backend.ts';
import { type Choice, chooseBackend } from './choose.ts';
import { stopwatch } from './counters.ts';
import type { LiveArm } from './routes.ts';
import type { Site } from './site.ts';

/** How an attempt at a replica failed. */
export type Mishap =
  /** No connection was made: nothing of the request was sent. */
  | 'refused'
  /** The connection was lost before the first byte of an answer. */
  | 'lost'
  /** No answer came in time. */
  | 'timeout';

const most = 3;
const avoidMillis = 1_000;
/** A request that is older counts as slow before its answer is there: a revision that hangs must not look idle. */
const slowMillis = 10_000;
/** A caller that waited for so long and then left has seen a slow answer; one that left at once has seen nothing. */
const patientMillis = 1_000;

/**
 * The replicas one request tries: at most three of its arm, then, for a canary that nobody forced, at most three of the
 * stable arm. A failure that another replica made good is not counted; an arm that could not answer counts one. What a
 * caller sent to an arm by name counts nowhere (R7): it is no sample of what users do.
 */
export class Attempts {
  readonly #site: Site;
  readonly #kind: 'requests' | 'sockets';
  readonly #isForced: boolean;
  #arm: LiveArm;
  #tried: Backend[] = [];
  #count = 0;
  /** On the stopwatch: when the present arm was asked. */
  #began: number;
  /** The replica of the present arm that was asked last. */
  #asked: string | null = null;
  /** The present arm has counted this request already, as slow. */
  #isCounted = false;
  #isAnswered = false;

  constructor(site: Site, choice: Choice, kind: 'requests' | 'sockets', began: number) {
    this.#site = site;
    this.#kind = kind;
    this.#arm = choice.arm;
    this.#isForced = choice.isForced;
    this.#began = began;
  }

  /** The arm that was asked last: it bears what happens. */
  get arm(): LiveArm {
    return this.#arm;
  }

  first(): Backend | null {
    return this.#next() ?? this.#fallBack();
  }

  /**
   * Who to ask after `backend` failed; null when nobody is left, and then the failure is counted. `mayRepeat`: asking
   * again cannot do harm.
   */
  after(backend: Backend, mishap: Mishap, mayRepeat: boolean): Backend | null {
    this.#tried.push(backend);
    if (mishap === 'refused') backend.avoidUntil = this.#site.world.clock.now() + avoidMillis;
    if (!mayRepeat) return this.giveUp();
    // A lost connection may have been an old idle one: the only replica is asked once more.
    const again = mishap === 'lost' && backend.isRouted && this.#count < most ? backend : null;
    return this.#next() ?? this.#again(again) ?? this.#fallBack();
  }

  /** The head of an answer is there. */
  answered(status: number): void {
    this.#isAnswered = true;
    if (this.#isForced || this.#asked === null) return;
    const { tally } = this.#arm;
    if (!this.#isCounted) tally.answered(this.#asked, status, stopwatch() - this.#began);
    else if (status >= 500) tally.brokeOff(this.#asked);
  }

  /** The body of an answer that was counted as good did not come to its end. */
  brokeOff(): void {
    if (!this.#isForced) this.#arm.tally.brokeOff(this.#asked);
  }

  /** The arm did not answer and nobody else shall be asked. */
  giveUp(): null {
    const { tally } = this.#arm;
    if (this.#isForced) return null;
    if (this.#isCounted) tally.brokeOff(this.#asked);
    else tally.unanswered(this.#asked);
    return null;
  }

  /** Called now and then: counts a request that waits for long, once. */
  sweep(): void {
    this.#countWaiting(slowMillis);
  }

  callerGone(): void {
    this.#countWaiting(patientMillis);
  }

  #countWaiting(atLeast: number): void {
    if (this.#isAnswered || this.#isCounted || this.#isForced || this.#asked === null) return;
    const age = stopwatch() - this.#began;
    if (age < atLeast) return;
    this.#isCounted = true;
    this.#arm.tally.waited(this.#asked, age);
  }

  #next(): Backend | null {
    if (this.#count >= most) return null;
    const { clock } = this.#site.world;
    this.#arm = this.#present();
    const backend = chooseBackend(this.#arm, this.#kind, this.#tried, () => clock.now());
    if (backend === null) return null;
    this.#count += 1;
    this.#asked = backend.replica;
    return backend;
  }

  #again(backend: Backend | null): Backend | null {
    if (backend !== null) this.#count += 1;
    return backend;
  }

  /** The same revision as the table has it now: replicas may have come and gone since the request did. */
  #present(): LiveArm {
    const { route } = this.#site;
    const arms = route === null ? [] : [route.stable, route.canary];
    return arms.find((arm) => arm?.revision === this.#arm.revision) ?? this.#arm;
  }

  #fallBack(): Backend | null {
    const stable = this.#site.route?.stable ?? null;
    const { canary = null } = this.#site.route ?? {};
    const failed = this.#arm;
    this.giveUp();
    if (this.#isForced || stable === null || stable.revision === failed.revision) return null;
    // Never from the stable arm to the canary: that one gets its weight and no more.
    if (failed.role === 'stable' && canary?.revision === failed.revision) return null;
    this.#arm = stable;
    this.#tried = [];
    this.#count = 0;
    this.#began = stopwatch();
    this.#asked = null;
    this.#isCounted = false;
    return this.#next() ?? this.giveUp();
  }
}
