import type { OperationRequest, OperationView, RecoveryView, Refusal, SideView, StepRequest } from '#api';
import { fail, millis } from '#kernel';
import { type Call, statusKey } from './actions.ts';
import { exitCodes } from './exit.ts';
import { momentText } from './moment.ts';
import { sentenceOf, type StepEnd, unanswered, type Walk } from './recover-walk.ts';
import {
  differenceLines,
  exchangeQuestion,
  sideLines,
  storesWithCopies,
  type Target,
} from './recovery-restore.ts';
import { followOperation, leftOff, recoveryOf } from './recovery-run.ts';

/** Steps that several runbooks have. */

const place = 'POST /v1/environments/{environment}';

/** Leaves a step in the journal as evidence; the refusal, where it could not be kept. */
export async function keepStep({ client, environment }: Call, body: StepRequest): Promise<Refusal | null> {
  const kept = await client.call(`${place}/recovery/steps`, { params: { environment }, body });
  return kept.ok ? null : kept.error;
}

export interface Chosen {
  readonly state: RecoveryView;
  readonly store: string;
}

/** Which store it is about: the named one, or the only database with copies. */
export async function chooseStore(call: Call, named: string | undefined): Promise<StepEnd<Chosen>> {
  const state = await recoveryOf(call);
  if (!state.ok) return { result: 'failed', refusal: state.error };
  const able = storesWithCopies(state.value);
  const none = named === undefined ? `any store of ${call.environment}` : named;
  if (able.length === 0)
    return { result: 'failed', refusal: { failure: fail('recovery_no_copy', { of: none }).error } };
  const databases = able.filter(({ kind }) => kind === 'postgres');
  const fitting = named === undefined ? databases : able.filter(({ store }) => store === named);
  const [found, another] = fitting;
  if (found === undefined || another !== undefined) {
    const stores = able.map(({ store }) => store).join(', ') || 'none';
    return { result: 'failed', refusal: { failure: fail('recover_store_unclear', { stores }).error } };
  }
  const now = call.world.clock.now();
  const range =
    found.range === null
      ? `${found.copies} copies`
      : `any moment from ${momentText(found.range.from, now)} to ${momentText(found.range.until, now)}`;
  return {
    result: 'done',
    value: { state: state.value, store: found.store },
    detail: `${found.store}: ${range}`,
  };
}

/** What runs, and what the system's own checks say of it. Whatever they say, the runbook goes on. */
export async function lookAround(call: Call, store: string): Promise<StepEnd<true>> {
  const { client, environment } = call;
  const status = await client.call(statusKey, { params: { environment } });
  if (!status.ok) return { result: 'failed', refusal: status.error };
  const seen = status.value.stores.find((view) => view.store === store);
  const about = `${store} is ${seen?.state ?? 'not there'}${seen?.detail == null ? '' : ` (${seen.detail})`}`;
  const checks = status.value.status === 'up' ? await checksText(call) : 'the environment is down';
  const wrong = seen?.state === 'ready' ? await examined(call, store, null) : [];
  const lines =
    wrong.length === 0 && seen?.state === 'ready' ? ['all of its data can be read and fit'] : wrong;
  return { result: 'done', value: true, detail: `${about}; ${checks}`, lines };
}

/** What is wrong with the data of a store, one line each; none: nothing that could be found. */
async function examined(call: Call, store: string, side: string | null): Promise<readonly string[]> {
  const ask = { params: { environment: call.environment }, body: { store, side } };
  const views = await call.client.call(`${place}/recovery/examine`, ask);
  if (!views.ok) return [`it could not be examined: ${sentenceOf(views.error)}`];
  return views.value.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
}

async function checksText({ client, environment }: Call): Promise<string> {
  const probes = await client.call(`${place}/probe`, { params: { environment } });
  if (!probes.ok) return `the checks could not be asked: ${sentenceOf(probes.error)}`;
  const red = probes.value.filter(({ green }) => green !== true);
  if (probes.value.length === 0) return 'no checks are declared';
  return red.length === 0
    ? `all ${probes.value.length} checks are green`
    : red.map(({ name, detail }) => `${name} is not green (${detail})`).join('; ');
}

/** An operation as a step; what went wrong becomes the step's own words. */
export async function operate(
  call: Call,
  request: OperationRequest,
): Promise<{ readonly operation: OperationView } | StepEnd<never>> {
  const followed = await followOperation(call, request);
  if ('interrupted' in followed) {
    call.world.complain(leftOff(call));
    return { result: 'failed', exit: exitCodes.interrupted };
  }
  return 'refusal' in followed ? { result: 'failed', refusal: followed.refusal } : followed;
}

/** Only then another copy may be better. */
const isOfCopy = (refusal: Refusal) =>
  'problem' in refusal &&
  /^(backup_(part|copy|document)_|postgres_copy_damaged|postgres_restore_failed|store_restore_failed)/.test(
    refusal.problem.code,
  );

/** Restores beside the running store from the newest copy that can be restored whole, older ones after it. */
export async function restoreBeside(
  call: Call,
  { state, store }: Chosen,
  target: Target,
  copy: string | undefined,
): Promise<StepEnd<SideView>> {
  const until = target.kind === 'time' ? target.at : Number.POSITIVE_INFINITY;
  const known = state.copies
    .filter(({ of, until: end }) => of === store && end <= until)
    .toSorted((a, b) => b.until - a.until)
    .map(({ id }) => id);
  const tries = copy === undefined ? [null, ...known.slice(1, 3)] : [copy];
  let last: StepEnd<SideView> = { result: 'failed', exit: exitCodes.failed };
  for (const id of tries) {
    const ran = await operate(call, { kind: 'restore', store, copy: id, target });
    if (!('operation' in ran)) {
      last = ran;
      if (!('refusal' in ran) || !isOfCopy(ran.refusal)) break;
      if (id !== tries.at(-1)) call.world.complain(`${sentenceOf(ran.refusal)} Trying an older copy.`);
      continue;
    }
    const { side } = ran.operation;
    if (side === null) continue;
    const wrong = await examined(call, store, side.id);
    if (wrong.length > 0) {
      call.world.complain(`copy ${side.copy} is not good: ${wrong.join('; ')}`);
      last = {
        result: 'failed',
        refusal: { failure: fail('restored_not_good', { side: side.id, wrong: wrong.join('; ') }).error },
      };
      await operate(call, { kind: 'discard', side: side.id });
      continue;
    }
    const lines = sideLines(side, call.world.clock.now());
    return {
      result: 'done',
      value: side,
      detail: `${side.id}: all of it can be read and fits; nothing that runs was touched`,
      lines,
    };
  }
  return last;
}

/** What differs between what runs and what came back. */
export async function compare(call: Call, side: SideView): Promise<StepEnd<true>> {
  const params = { environment: call.environment, id: side.id };
  const views = await call.client.call(`${place}/recovery/sides/{id}/differences`, { params });
  // A database that is broken cannot be counted; that is why somebody is here.
  if (!views.ok)
    return { result: 'done', value: true, detail: `could not be compared: ${sentenceOf(views.error)}` };
  const changed = views.value.filter(({ running, restored }) => running !== restored).length;
  const detail = `${changed} of ${views.value.length} tables differ in their number of rows`;
  return { result: 'done', value: true, detail, lines: differenceLines(views.value) };
}

/** Asks, and puts the side store in the place of the running one. */
export async function exchangeAsked(call: Call, walk: Walk, side: SideView): Promise<StepEnd<string>> {
  const answer = await walk.decide(exchangeQuestion(side));
  if (answer === null) return unanswered('whether the restored data take the place of the running ones');
  if (!answer)
    return {
      result: 'declined',
      detail: `${side.id} stays beside at ${side.address}; "fairway restore${call.place} --use ${side.id}" does it later`,
    };
  const ran = await operate(call, { kind: 'exchange', side: side.id });
  if (!('operation' in ran)) return ran;
  const former = ran.operation.former ?? '';
  return { result: 'done', value: former, detail: `the former data lie in ${former}` };
}

const probeTries = 20;

/** The system's own checks, asked again for a while: services have to connect again. */
export async function probeUntilGreen(call: Call): Promise<StepEnd<true>> {
  const { world, client, environment } = call;
  let text = 'nothing was asked';
  for (let tries = 0; tries < probeTries && !world.interrupted.aborted; tries++) {
    if (tries > 0) await world.clock.sleep(millis(1_500), world.interrupted);
    const probes = await client.call(`${place}/probe`, { params: { environment } });
    if (!probes.ok) {
      text = sentenceOf(probes.error);
      continue;
    }
    const red = probes.value.filter(({ green }) => green !== true);
    if (probes.value.length === 0)
      return { result: 'done', value: true, detail: 'no checks are declared: look yourself' };
    if (red.length === 0)
      return { result: 'done', value: true, detail: `all ${probes.value.length} checks are green` };
    text = red.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
  }
  return { result: 'failed', refusal: { failure: fail('checks_not_green', { checks: text }).error } };
}
