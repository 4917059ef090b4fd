import { type RecoveryView, type Refusal, type SideView, type TableDifferenceView, timeSpan } from '#api';
import { fail, type Instant, ok, type Result } from '#kernel';
import type { Call } from './actions.ts';
import { complain, exitCodes } from './exit.ts';
import { momentText, parseMoment } from './moment.ts';
import { recoveryOf, runOperation } from './recovery-run.ts';
import { table } from './table.ts';

export interface RestoreFlags {
  readonly store?: string;
  readonly at?: string;
  readonly before?: string;
  readonly copy?: string;
  readonly inPlace?: boolean;
  readonly yes?: boolean;
  readonly use?: string;
  readonly discard?: string;
  readonly login?: string;
}

export type Target =
  | { readonly kind: 'latest' }
  | { readonly kind: 'time'; readonly at: Instant }
  | { readonly kind: 'before'; readonly transaction: string };

/** Brings data back beside the running store, which is not touched, or puts what was brought back in its place. */
export async function restore(call: Call, flags: RestoreFlags): Promise<number> {
  const { world, json } = call;
  if (flags.discard !== undefined) return discard(call, flags.discard);
  if (flags.login !== undefined) return login(call, flags.login);
  if (flags.use !== undefined) return use(call, flags.use, flags.yes === true);
  const target = targetOf(flags, world.clock.now());
  if (!target.ok) return complain(world, { failure: target.error }, json);
  const chosen = flags.store === undefined ? await onlyStore(call) : ok(flags.store);
  if (!chosen.ok) return complain(world, chosen.error, json);
  const store = chosen.value;
  if (flags.inPlace === true && flags.yes !== true && !world.terminal)
    return complain(world, { failure: fail('exchange_not_confirmed', { store }).error }, json);
  if (!json)
    world.print(
      `restoring ${store} to ${targetText(target.value, world.clock.now())}, beside the running one`,
    );
  const copy = flags.copy ?? null;
  const ran = await runOperation(call, { kind: 'restore', store, copy, target: target.value });
  if ('exit' in ran) return ran.exit;
  const { side } = ran.operation;
  if (side === null) return exitCodes.failed;
  if (flags.inPlace === true) {
    if (!json) for (const line of sideLines(side, world.clock.now())) world.print(line);
    return exchange(call, side, flags.yes === true);
  }
  if (json) world.print(JSON.stringify({ side }));
  else
    for (const line of [...sideLines(side, world.clock.now()), ...nextLines(side, call.place)])
      world.print(line);
  return exitCodes.done;
}

/** Failures: `restore_targets_both`, and those of `parseMoment`, `transaction_not_understood`. */
export function targetOf(flags: Pick<RestoreFlags, 'at' | 'before'>, now: Instant): Result<Target> {
  if (flags.at !== undefined && flags.before !== undefined) return fail('restore_targets_both');
  if (flags.before !== undefined)
    return /^\d{1,20}$/.test(flags.before)
      ? ok({ kind: 'before', transaction: flags.before })
      : fail('transaction_not_understood', { written: flags.before });
  if (flags.at === undefined) return ok({ kind: 'latest' });
  const at = parseMoment(flags.at, now);
  return at.ok ? ok({ kind: 'time', at: at.value }) : at;
}

export function targetText(target: Target, now: Instant): string {
  if (target.kind === 'latest') return 'the latest';
  return target.kind === 'time'
    ? momentText(target.at, now)
    : `just before transaction ${target.transaction}`;
}

/** The store where there is only one with copies. Failures: `recovery_no_copy`, `recover_store_unclear` (facts: stores). */
async function onlyStore(call: Call): Promise<Result<string, Refusal>> {
  const state = await recoveryOf(call);
  if (!state.ok) return state;
  const [found, another] = storesWithCopies(state.value);
  if (found !== undefined && another === undefined) return ok(found.store);
  const stores = storesWithCopies(state.value)
    .map(({ store }) => store)
    .join(', ');
  const failure =
    found === undefined
      ? fail('recovery_no_copy', { of: `any store of ${call.environment}` }).error
      : fail('recover_store_unclear', { stores }).error;
  return { ok: false, error: { failure } };
}

export const storesWithCopies = ({ stores }: RecoveryView) =>
  stores.filter(({ copies, kind }) => copies > 0 && kind !== 'fairway');

export function sideLines(side: SideView, now: Instant): string[] {
  return table([
    ['restored', `${side.store} from copy ${side.copy} in ${timeSpan(side.tookMillis)}`],
    ['reached', side.reached === null ? 'the moment of the copy' : momentText(side.reached, now)],
    ['would be lost', side.lost.detail],
    ['address', side.address],
  ]);
}

function nextLines(side: SideView, place: string): string[] {
  return [
    `The running ${side.store} was not touched. Look at what came back, then:`,
    ...table([
      [
        `  fairway restore${place} --use ${side.id}`,
        'puts it in the place of the running one; the former data are kept aside',
      ],
      [`  fairway restore${place} --login ${side.id}`, 'prints how to get into it, with its password'],
      [`  fairway restore${place} --discard ${side.id}`, 'removes it'],
    ]),
  ];
}

export function differenceLines(views: readonly TableDifferenceView[]): string[] {
  const shown = (count: number | null) => (count === null ? 'not there' : String(count));
  const changed = views.filter(({ running, restored }) => running !== restored);
  if (changed.length === 0) return [`all ${views.length} tables have as many rows as the running ones`];
  const rows = changed.map(({ table: name, running, restored }) => [name, shown(running), shown(restored)]);
  const others = views.length - changed.length;
  return [
    ...table([['TABLE', 'ROWS NOW', 'ROWS RESTORED'], ...rows]),
    ...(others === 0 ? [] : [`the other ${others} have as many rows as now`]),
  ];
}

async function use(call: Call, id: string, sure: boolean): Promise<number> {
  const { world, json } = call;
  const state = await recoveryOf(call);
  if (!state.ok) return complain(world, state.error, json);
  const side = state.value.sides.find((known) => known.id === id);
  if (side === undefined)
    return complain(
      world,
      {
        failure: fail('recovery_side_unknown', {
          side: id,
          sides: state.value.sides.map((known) => known.id).join(', '),
        }).error,
      },
      json,
    );
  if (!json) for (const line of sideLines(side, world.clock.now())) world.print(line);
  return exchange(call, side, sure);
}

async function exchange(call: Call, side: SideView, sure: boolean): Promise<number> {
  const { world, json } = call;
  if (!sure) {
    const answer = await world.confirm(exchangeQuestion(side));
    if (answer === null)
      return complain(world, { failure: fail('exchange_not_confirmed', { store: side.store }).error }, json);
    if (!answer) {
      world.complain(`left as it is; "fairway restore${call.place} --use ${side.id}" does it later`);
      return exitCodes.refused;
    }
  }
  const ran = await runOperation(call, { kind: 'exchange', side: side.id });
  if ('exit' in ran) return ran.exit;
  const { former } = ran.operation;
  if (json) world.print(JSON.stringify({ side, former }));
  else
    world.print(
      `${side.store} now holds what was restored; its former data lie in ${former ?? 'its folder'}`,
    );
  return exitCodes.done;
}

export const exchangeQuestion = ({ store, lost }: SideView) =>
  `Put the restored data in the place of ${store}? Its services are cut off for a moment. Would be lost: ${lost.detail}.`;

/** One line to be handed on, and nothing else: its password belongs to whoever asked. */
async function login({ world, client, environment, json }: Call, id: string): Promise<number> {
  const key = 'POST /v1/environments/{environment}/recovery/sides/{id}/login';
  const given = await client.call(key, { params: { environment, id }, body: { by: world.user } });
  if (!given.ok) return complain(world, given.error, json);
  world.print(json ? JSON.stringify({ login: given.value.login }) : given.value.login);
  return exitCodes.done;
}

async function discard(call: Call, id: string): Promise<number> {
  const ran = await runOperation(call, { kind: 'discard', side: id });
  if ('exit' in ran) return ran.exit;
  call.world.print(call.json ? JSON.stringify({ discarded: id }) : `${id} is removed`);
  return exitCodes.done;
}
