import type { OperationView } from '#api';
import { fail } from '#kernel';
import { act, type Call, statusKey } from './actions.ts';
import { complain, exitCodes } from './exit.ts';
import { momentText, parseMoment } from './moment.ts';
import { fittingFlags, type RecoverFlags } from './recover-flags.ts';
import {
  chooseStore,
  compare,
  exchangeAsked,
  keepStep,
  lookAround,
  operate,
  probeUntilGreen,
  restoreBeside,
} from './recover-steps.ts';
import { startWalk, type StepEnd, unanswered, type Walk } from './recover-walk.ts';
import { targetOf, targetText, type Target } from './recovery-restore.ts';

/** What may happen while the control plane is there; `machine-lost` begins without one. */
export const scenarios = {
  'database-corrupted': databaseCorrupted,
  'data-deleted': dataDeleted,
  breach,
} as const;

export type Scenario = keyof typeof scenarios;

/** Walks through a runbook: does what can be done, asks where a person must decide. */
export async function recover(call: Call, scenario: Scenario, flags: RecoverFlags): Promise<number> {
  const { world, json } = call;
  const fitting = fittingFlags(scenario, flags);
  if (!fitting.ok) return complain(world, { failure: fitting.error }, json);
  const walk = startWalk({
    world,
    scenario,
    json,
    yes: flags.yes === true,
    keep: (request) => keepStep(call, request),
  });
  walk.say(await declaredLines(call));
  return scenarios[scenario](call, walk, flags);
}

/** What the definition says of such days, beside what Fairway does. */
export async function declaredLines({ world, folder, environment }: Call): Promise<readonly string[]> {
  const declared = await world.scenarios(folder, environment);
  if (declared.length === 0) return [];
  const lines = declared.flatMap(({ name, by, answer, steps }) => [
    `  ${name}${by === null ? '' : ` (${by})`}${answer === null ? '' : `: ${answer}`}`,
    ...steps.map((step, number) => `    ${number + 1}) ${step}`),
  ]);
  return ['What the definition says of days like this:', ...lines, ''];
}

/** Look, bring the newest good state back beside, compare, ask, put it in place, check. */
async function databaseCorrupted(call: Call, walk: Walk, flags: RecoverFlags): Promise<number> {
  const chosen = await walk.step('find out what can be brought back', () => chooseStore(call, flags.store));
  if (chosen === null) return walk.end();
  const looked = await walk.step('look at what runs', () => lookAround(call, chosen.store));
  if (looked === null) return walk.end();
  const target = targetOf(flags, call.world.clock.now());
  const text = target.ok ? targetText(target.value, call.world.clock.now()) : 'a moment';
  const side = await walk.step(
    `restore ${chosen.store} to ${text} beside the running one, from the newest copy that is good`,
    async () =>
      target.ok
        ? restoreBeside(call, chosen, target.value, flags.copy)
        : { result: 'failed', refusal: { failure: target.error } },
  );
  if (side === null) return walk.end();
  const compared = await walk.step('compare it with what runs', () => compare(call, side));
  if (compared === null) return walk.end();
  const former = await walk.step('put it in the place of the damaged one', () =>
    exchangeAsked(call, walk, side),
  );
  if (former === null) return walk.end();
  await walk.step("ask the system's checks", () => probeUntilGreen(call));
  return walk.end([
    `Look for what the last writes were in ${former}, then delete that folder.`,
    'Find out why it was damaged (disk, memory, a full disk) before it happens again.',
  ]);
}

/** To the second before; people decide whether to exchange, or to fetch single rows from beside. */
async function dataDeleted(call: Call, walk: Walk, flags: RecoverFlags): Promise<number> {
  const chosen = await walk.step('find out what can be brought back', () => chooseStore(call, flags.store));
  if (chosen === null) return walk.end();
  const target = await walk.step('decide to which moment', () => momentBefore(call, flags));
  if (target === null) return walk.end();
  const side = await walk.step(`restore ${chosen.store} beside the running one`, () =>
    restoreBeside(call, chosen, target, flags.copy),
  );
  if (side === null) return walk.end();
  const compared = await walk.step('show what differs', () => compare(call, side));
  if (compared === null) return walk.end();
  const beside = [
    `What was there before is at ${side.address}. Fetch single rows from it, or take all of it:`,
    `  fairway restore${call.place} --login ${side.id}`,
    `  fairway restore${call.place} --use ${side.id}`,
    `  fairway restore${call.place} --discard ${side.id}`,
  ];
  if (flags.beside === true) return walk.end(beside);
  const former = await walk.step('put it in the place of the running one', () =>
    exchangeAsked(call, walk, side),
  );
  if (former === null) {
    walk.say(['', ...beside]);
    return walk.end();
  }
  await walk.step("ask the system's checks", () => probeUntilGreen(call));
  return walk.end([
    `What was written since then is in ${former}; fetch what is still needed, then delete it.`,
  ]);
}

async function momentBefore(call: Call, flags: RecoverFlags): Promise<StepEnd<Target>> {
  const { world } = call;
  const now = world.clock.now();
  if (flags.before !== undefined) {
    const target = targetOf({ before: flags.before }, now);
    if (!target.ok) return { result: 'failed', refusal: { failure: target.error } };
    return { result: 'done', value: target.value, detail: targetText(target.value, now) };
  }
  const written = flags.at ?? (await world.question('When was it deleted (14:03:07, "5m ago")? '));
  if (written === null) return { result: 'failed', refusal: { failure: fail('moment_missing').error } };
  const deleted = parseMoment(written, now);
  if (!deleted.ok) return { result: 'failed', refusal: { failure: deleted.error } };
  const at = (Math.ceil(deleted.value / 1_000) - 1) * 1_000;
  const value = { kind: 'time', at: at as typeof deleted.value } as const;
  return { result: 'done', value, detail: `the second before it: ${momentText(value.at, now)}` };
}

type Rotated = NonNullable<OperationView['rotated']>;

/** Everything that somebody may have read is made worthless; then people look at what cannot be done here. */
async function breach(call: Call, walk: Walk): Promise<number> {
  const { client, environment } = call;
  const sure = await walk.step('decide to replace every secret', async (): Promise<StepEnd<true>> => {
    const question = `Replace every generated secret of ${environment}, revoke the keys of the control plane and restart its services?`;
    const answer = await walk.decide(question);
    if (answer === null) return unanswered('whether every secret is replaced');
    if (!answer) return { result: 'declined', detail: 'nothing was changed' };
    return { result: 'done', value: true, detail: '' };
  });
  if (sure === null) return walk.end();
  const rotated = await walk.step('replace the generated secrets', async (): Promise<StepEnd<Rotated>> => {
    const ran = await operate(call, { kind: 'rotate', note: 'breach' });
    if (!('operation' in ran)) return ran;
    const secrets = ran.operation.rotated ?? { rotated: [], given: [] };
    const detail = `${secrets.rotated.length} are new${secrets.rotated.length === 0 ? '' : `: ${secrets.rotated.join(', ')}`}`;
    return { result: 'done', value: secrets, detail };
  });
  if (rotated === null) return walk.end();
  const revoked = await walk.step(
    'revoke the keys of the control plane',
    async (): Promise<StepEnd<true>> => {
      const changed = await client.call('POST /v1/control/keys', {});
      if (!changed.ok) return { result: 'failed', refusal: changed.error };
      return {
        result: 'done',
        value: true,
        detail: 'every key, token, link and login made before is refused',
      };
    },
  );
  if (revoked === null) return walk.end();
  await walk.step('release, so that services get the new secrets', () => releaseAll(call));
  await walk.step("ask the system's checks", () => probeUntilGreen(call));
  return walk.end(breachNotes(rotated.given, call.place));
}

async function releaseAll(call: Call): Promise<StepEnd<true>> {
  const status = await call.client.call(statusKey, { params: { environment: call.environment } });
  if (status.ok && status.value.status === 'down')
    return {
      result: 'done',
      value: true,
      detail: 'it is down: the next "fairway up" gives them to the services',
    };
  const world = call.json ? { ...call.world, print: () => {} } : call.world;
  const body = { from: null, services: null, strategy: null, set: [], note: 'new secrets after a breach' };
  const exit = await act({ ...call, world }, 'releases', body, { ends: 'rollout', wait: true });
  if (exit !== exitCodes.done) return { result: 'failed', exit };
  return { result: 'done', value: true, detail: 'every service runs with the new secrets' };
}

function breachNotes(given: readonly string[], place: string): readonly string[] {
  const replace =
    given.length === 0
      ? ['No secret was given by people.']
      : [
          'A person must replace these at those who gave them out, put the new values into .env or the environment,',
          `and then run "fairway release${place}":`,
          ...given.map((name) => `  ${name}`),
        ];
  return [
    ...replace,
    'Then check:',
    '  the access log of the edge and the logs of the services: since when, and what was read',
    `  "fairway history${place}" and "fairway recovery${place} --evidence": releases, restores and steps that nobody of you asked for`,
    '  accounts, sessions and API tokens inside the application: end them there',
    '  the recovery key: whoever has it can read the copies; make a new file, name it in FAIRWAY_RECOVERY_KEY_FILE, and back up anew',
    '  the credentials of the place where copies lie, and of a shared store of the control plane',
  ];
}
