import { fail, type Instant, ok, type Result, seconds, unreachable } from '#kernel';
import { backUp } from './backup.ts';
import { settled } from './calling.ts';
import { openCatalogue } from './catalogue.ts';
import { createCharge } from './charge.ts';
import type { OperationAsk, OperationView, Recovery, RecoverySite, RecoveryState } from './contract.ts';
import { drill, failureOfDrill } from './drill.ts';
import { createEvidence } from './evidence.ts';
import { keepSafe } from './keep.ts';
import { createNews, type News } from './known.ts';
import { createOperations, type Handle, type Outcome } from './operations.ts';
import { exchange, restoreBeside } from './restore.ts';
import { endable, holdable } from './holding.ts';
import { loginTo } from './login.ts';
import { letGo } from './retention.ts';
import { ownCopies } from './own.ts';
import { rotate } from './rotate.ts';
import { discard } from './sides.ts';
import { assess } from './state.ts';
import type { OwnCopies, Tools } from './tools.ts';
import { createTurns } from './turns.ts';
import { createWarnings } from './warnings.ts';

/** A state that was looked up is good for so long: each look asks the repository. */
const freshFor = seconds(3);

/**
 * Recovery of one environment. Several control planes may have one each on the same store: by a lease one is in charge, and what
 * the others are asked to do fails with `lease_held`.
 */
export function createRecovery(site: RecoverySite): Recovery {
  return openDesk(site, ownCopies(site));
}

/** The same with another way of copying what Fairway itself keeps. */
export function openDesk(site: RecoverySite, own: OwnCopies): Recovery {
  const { store, clock, random, owner } = site;
  const environment = site.environment.name;
  const charge = createCharge({ store, clock, owner, environment });
  const evidence = createEvidence({ store, clock, environment, charge });
  const stores = site.environment.stores.map((spec) => site.target.copies(spec));
  const catalogue = openCatalogue(site);
  const tools: Tools = { site, catalogue, charge, evidence, stores, own, inTurn: createTurns() };
  const operations = createOperations({ clock, random });
  const news = createNews();
  const warnings = createWarnings(evidence);
  const ended = new AbortController();
  let known: { readonly at: Instant; readonly state: Promise<Result<RecoveryState>> } | null = null;

  const assessNow = (signal: AbortSignal) =>
    settled('the state of the copies', () => assess(tools, news, signal));

  const isServing = async () => ok((await site.serving?.())?.isUp !== false);

  async function begin(ask: OperationAsk, why: string): Promise<Result<OperationView>> {
    if (ended.signal.aborted) return fail('recovery_ended');
    // Stores that are down would each only be told as one that cannot be copied.
    const serving = ask.kind === 'backup' ? await settled('whether it is up', isServing) : ok(true);
    if (serving.ok && !serving.value) return fail('environment_down', { environment: site.environment.name });
    const refused = await settled('who keeps the copies', async () => ok(await charge.hold()));
    if (!refused.ok) return refused;
    if (refused.value !== null) return { ok: false, error: refused.value };
    return operations.begin(ask.kind, async (handle) => {
      const done = await charge.during(() => perform(tools, news, ask, why, handle));
      known = null;
      return done;
    });
  }

  async function keep(signal: AbortSignal): Promise<void> {
    const either = new AbortController();
    const stop = () => either.abort();
    for (const each of [signal, ended.signal]) {
      if (each.aborted) stop();
      each.addEventListener('abort', stop, { once: true });
    }
    await keepSafe({ tools, news, warnings, operations, assessNow, begin }, either.signal);
  }

  async function stateNow(): Promise<Result<RecoveryState>> {
    const now = clock.now();
    const isFresh = known !== null && now >= known.at && now < known.at + freshFor;
    if (!isFresh || known === null) {
      const looked = assessNow(ended.signal).then((done) => (done.ok ? ok(done.value.state) : done));
      known = { at: now, state: looked };
    }
    const state = await known.state;
    if (!state.ok) known = null;
    return state;
  }

  return {
    keep,
    state: stateNow,
    begin: (ask) => begin(ask, 'asked'),
    operation: (id) => operations.view(id),
    running: () => operations.running(),
    async hold(ask) {
      known = null;
      const state = await stateNow();
      if (!state.ok) return state;
      const covered = holdable(state.value, ask);
      if (!covered.ok) return covered;
      const held = await catalogue.holds.add(ask, ended.signal);
      known = null;
      if (!held.ok) return held;
      const told = await evidence.tell('recovery.held', held.value);
      return told.ok ? held : told;
    },
    async releaseHold(id) {
      known = null;
      const found = endable(await stateNow(), id);
      if (!found.ok) return found;
      known = null;
      const released = await catalogue.holds.release(id, ended.signal);
      return released.ok ? evidence.tell('recovery.hold_released', { id }) : released;
    },
    login: async ({ side, by }) => {
      if (ended.signal.aborted) return fail('recovery_ended');
      return settled('the login of a side store', () => loginTo(tools, { side, by, signal: ended.signal }));
    },
    async end() {
      ended.abort();
      await operations.end();
      await charge.giveUp();
    },
  };
}

async function perform(
  tools: Tools,
  news: News,
  ask: OperationAsk,
  why: string,
  handle: Handle,
): Promise<Result<Outcome>> {
  const { id, signal, progress, show } = handle;
  switch (ask.kind) {
    case 'backup': {
      const done = await backUp(tools, { of: ask.of, why, signal, progress });
      if (!done.ok) return done;
      show({ copies: done.value.copies });
      for (const { of } of done.value.copies) news.copied(of, null);
      for (const { of, failure } of done.value.failed) news.copied(of, failure);
      const [failed] = done.value.failed;
      if (failed !== undefined) return { ok: false, error: failed.failure };
      progress({ share: 1, doing: 'what may go is deleted' });
      const gone = await letGo(tools, signal);
      if (!gone.ok) tools.site.report(gone.error); // the copies are there all the same
      return ok({ copies: done.value.copies });
    }
    case 'restore': {
      const side = await restoreBeside(tools, { ...ask, id, signal, progress });
      return side.ok ? ok({ side: side.value }) : side;
    }
    case 'exchange':
      return exchange(tools, { ...ask, signal, progress });
    case 'discard': {
      const gone = await discard(tools, ask.side, { ...ask, signal });
      return gone.ok ? ok({}) : gone;
    }
    case 'drill': {
      const done = await drill(tools, { ...ask, id, signal, progress });
      if (!done.ok) return done;
      show({ drill: done.value });
      const failure = failureOfDrill(done.value);
      return failure === null ? ok({ drill: done.value }) : { ok: false, error: failure };
    }
    case 'rotate':
      return rotate(tools, { ...ask, signal, progress });
    default:
      return unreachable(ask);
  }
}
