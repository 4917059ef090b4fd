import { dueCopy, dueDrill, sideGoesAt } from '#core/recovery';
import { between, type Failure, formatDuration, millis, ok, type Result, seconds } from '#kernel';
import type { StoreCopies } from '#ports';
import { settled } from './calling.ts';
import type { OperationAsk, OperationView } from './contract.ts';
import { clearLeftOver } from './drill.ts';
import type { News } from './known.ts';
import type { Operations } from './operations.ts';
import { keepPulse } from './pulse.ts';
import { letGo, policyOf } from './retention.ts';
import { clearSides } from './sides.ts';
import { hasLog, ship } from './ship.ts';
import { type Assessment, firstCopyAt } from './state.ts';
import { isDeclared, own, type Tools } from './tools.ts';
import type { Warnings } from './warnings.ts';

export interface Keeper {
  readonly tools: Tools;
  readonly news: News;
  readonly warnings: Warnings;
  readonly operations: Operations;
  readonly assessNow: (signal: AbortSignal) => Promise<Result<Assessment>>;
  readonly begin: (ask: OperationAsk, why: string) => Promise<Result<OperationView>>;
}

/** How often each thing is done. Counted in turns, not by the clock: one that jumps causes no storm and no standstill. */
const paces = {
  charge: seconds(2),
  ship: seconds(5),
  chores: seconds(30),
  /** In turns of the chores: after something failed, and between two looks for what may be deleted. */
  patience: 10,
  retention: 120,
  /** A repository that refuses is asked less and less often, at last every so many turns of shipping. */
  longestWait: 12,
};

/**
 * Looks after the copies of an environment until the signal is aborted, while it is up and while no other control plane does.
 * Never throws: what goes wrong is told once, and tried again.
 */
export async function keepSafe(keeper: Keeper, signal: AbortSignal): Promise<void> {
  const { site, charge } = keeper.tools;
  while (!signal.aborted) {
    if (await mayKeep(keeper)) {
      const over = new AbortController();
      const stop = () => over.abort();
      signal.addEventListener('abort', stop, { once: true });
      const work = lookAfter(keeper, over.signal);
      while (!signal.aborted && (await mayKeep(keeper))) await site.clock.sleep(paces.charge, signal);
      over.abort();
      signal.removeEventListener('abort', stop);
      await work;
    }
    await site.clock.sleep(paces.charge, signal);
  }
  // What somebody has asked for may still run, under the same lease.
  if (keeper.operations.running() === null) await charge.giveUp();
}

/** Whether the environment is up and its recovery ours. A store that cannot be asked is no reason to leave off: what is written is fenced. */
async function mayKeep({ tools }: Keeper): Promise<boolean> {
  const { site, charge } = tools;
  const asked = await settled('who keeps the copies', async () => {
    const serving = await site.serving?.();
    if (serving?.isUp === false) return ok(false);
    const refused = await charge.hold();
    return ok(refused === null || refused.code === 'store_unavailable');
  });
  return !asked.ok || asked.value;
}

async function lookAfter(keeper: Keeper, signal: AbortSignal): Promise<void> {
  const { tools, news } = keeper;
  const { clock } = tools.site;
  const declared = tools.stores.filter(({ spec }) => isDeclared(spec));
  await Promise.all([
    ...declared.flatMap(({ spec, pulse }) =>
      pulse === null
        ? []
        : [keepPulse(pulse, { clock, signal, told: (failure) => news.beat(spec.name, failure) })],
    ),
    ...declared.filter(hasLog).map((store) => shipOn(keeper, store, signal)),
    chores(keeper, signal),
  ]);
}

async function shipOn(
  { tools, news }: Keeper,
  store: StoreCopies & { readonly log: NonNullable<StoreCopies['log']> },
  signal: AbortSignal,
): Promise<void> {
  const { site, inTurn } = tools;
  const { name, backup } = store.spec;
  // A log that is handed over every second or two would wait longer for us than for its server.
  const pace = Math.min(paces.ship, Math.max(seconds(1), (backup?.logEvery ?? paces.ship) / 2));
  let refusals = 0;
  const tell = onceEach(site.report);
  while (!signal.aborted) {
    const turn = await inTurn(`ship ${name}`, () => ship(tools, store, signal));
    if (signal.aborted) return;
    news.shipped(name, turn, site.clock.now());
    tell(turn.failure);
    refusals = turn.failure === null ? 0 : Math.min(refusals + 1, paces.longestWait);
    const isBehind = turn.failure === null && (turn.waiting ?? 0) > 0;
    if (!isBehind) await site.clock.sleep(millis(pace * Math.max(1, refusals)), signal);
  }
}

/** What is due, what may go, and what people should know: one turn after another. */
async function chores(keeper: Keeper, signal: AbortSignal): Promise<void> {
  const { site } = keeper.tools;
  const tell = onceEach(site.report);
  const rests = new Map<string, number>();
  const isResting = (what: string) => (rests.get(what) ?? 0) > 0;
  let isCleared = false;
  for (let turn = 0; !signal.aborted; turn += 1) {
    for (const [what, left] of rests) rests.set(what, left - 1);
    const done = await settled('looking after the copies', async () => {
      if (!isCleared && keeper.operations.running()?.kind !== 'drill') {
        const cleared = await clearLeftOver(keeper.tools);
        if (!cleared.ok) return cleared;
        isCleared = true;
      }
      if (turn % paces.retention === 0) {
        const cleared = await clearSides(keeper.tools, () => keeper.operations.running()?.id ?? null, signal);
        if (!cleared.ok) site.report(cleared.error); // copies are made all the same
      }
      const assessed = await keeper.assessNow(signal);
      if (signal.aborted) return ok(null);
      if (!assessed.ok) return assessed;
      await keeper.warnings.settle(assessed.value.warnings);
      await beginDue(keeper, assessed.value, {
        isResting,
        rest: (what) => void rests.set(what, paces.patience),
      });
      const isTime = turn % paces.retention === paces.retention - 1;
      return isTime && keeper.operations.running() === null ? letGo(keeper.tools, signal) : ok(null);
    });
    if (signal.aborted) return;
    tell(done.ok ? null : done.error);
    await site.clock.sleep(paces.chores, signal);
  }
}

interface Rests {
  readonly isResting: (what: string) => boolean;
  readonly rest: (what: string) => void;
}

/** Begins the copies that are due, or else a drill that is, or else the removal of an old side store. What was begun is left alone for some turns, however it ended. */
async function beginDue(
  { tools, operations, begin }: Keeper,
  { state }: Assessment,
  { isResting, rest }: Rests,
): Promise<void> {
  if (operations.running() !== null) return;
  const { environment, clock } = tools.site;
  const now = clock.now();
  const names = environment.stores.filter(isDeclared).map(({ name }) => name);
  // Behind a hole (a takeover may leave one) nothing of the log can be used until there is a copy behind it: that does not
  // wait because a copy was made a moment ago.
  const hasHole = (of: string) =>
    state.stores
      .find(({ store }) => store === of)
      ?.warnings.some(({ code }) => code === 'recovery_log_gap') === true && !isResting(holeIn(of));
  const isDue = (of: string) => {
    const policy = policyOf(tools, of);
    if (policy === null) return false;
    const copies = state.copies.filter((copy) => copy.of === of);
    return hasHole(of) || (!isResting(of) && dueCopy(policy, copies, now).due !== null);
  };
  const due = names.length === 0 ? [] : [...names, own].filter(isDue);
  const by = { by: 'fairway', note: 'as declared' };
  if (due.length > 0) {
    for (const of of due.filter(hasHole)) rest(holeIn(of));
    for (const of of due) rest(of);
    await begin({ kind: 'backup', of: due, ...by }, 'scheduled');
    return;
  }
  const policy = environment.recovery;
  const isDrillDue =
    policy !== undefined && dueDrill(policy, state.drills, firstCopyAt(state.copies), now).due;
  if (isDrillDue && !isResting('drill')) {
    rest('drill');
    await begin({ kind: 'drill', ...by }, 'scheduled');
    return;
  }
  // As an operation: nothing else can use it at the same time.
  const old = state.sides.find((side) => sideGoesAt(side) <= now && !isResting(side.id));
  if (old === undefined) return;
  rest(old.id);
  const note = `kept for ${formatDuration(between(old.restoredAt, sideGoesAt(old)))}, as restored stores are`;
  await begin({ kind: 'discard', side: old.id, by: 'fairway', note }, 'scheduled');
}

const holeIn = (of: string) => `hole in ${of}`;

/** Tells a failure when it is another one than the time before. */
function onceEach(report: (failure: Failure) => void): (failure: Failure | null) => void {
  let last: string | null = null;
  return (failure) => {
    if (failure !== null && failure.code !== last) report(failure);
    last = failure?.code ?? null;
  };
}
