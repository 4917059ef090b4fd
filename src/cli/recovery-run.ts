import { type OperationRequest, type OperationView, type Refusal, timeOfDay } from '#api';
import { fail, millis, type Result } from '#kernel';
import { type Call, patiently } from './actions.ts';
import { complain, exitCodes } from './exit.ts';

/** How an operation ended well, or the exit code after it was said why it did not. */
export type Ran = { readonly operation: OperationView } | { readonly exit: number };

/** The same before anything is said. `operation`: as it was seen last; null: it was not begun. */
export type Followed =
  | { readonly operation: OperationView }
  | { readonly refusal: Refusal; readonly operation: OperationView | null }
  | { readonly interrupted: true };

/** How often it is looked at, and how often a line is printed where there is no terminal to redraw. */
const lookEvery = 300;
const lineEvery = 10_000;

/** A machine that is busy with a restore may leave its control plane without an answer for a while. */
const unansweredFor = 60_000;

/** Longer than most copies take; a drill may take longer, and is waited for no more. */
const busyFor = 600_000;

const stateKey = 'GET /v1/environments/{environment}/recovery';

/** How safe everything is, and what lies where. */
export const recoveryOf = ({ client, environment }: Call) =>
  client.call(stateKey, { params: { environment } });

/** Begins an operation, follows it to its end, and says what went wrong. */
export async function runOperation(call: Call, request: OperationRequest): Promise<Ran> {
  const followed = await followOperation(call, request);
  if ('interrupted' in followed) {
    call.world.complain(leftOff(call));
    return { exit: exitCodes.interrupted };
  }
  return 'refusal' in followed ? { exit: complain(call.world, followed.refusal, call.json) } : followed;
}

export const leftOff = ({ place }: Pick<Call, 'place'>) =>
  `Left off following; it goes on in the control plane. See "fairway recovery${place} --evidence".`;

/** Begins an operation and follows it to its end. */
export async function followOperation(call: Call, request: OperationRequest): Promise<Followed> {
  const { world, client, environment } = call;
  const begun = await beginWhenFree(call, request);
  if (!begun.ok) return { refusal: begun.error, operation: null };
  const show = progressOf(call);
  let operation = begun.value;
  while (operation.state === 'running') {
    show(operation);
    await world.clock.sleep(millis(lookEvery), world.interrupted);
    if (world.interrupted.aborted) return { interrupted: true };
    const params = { environment, id: operation.id };
    const seen = await lookPatiently(call, () => client.call(`${stateKey}/operations/{id}`, { params }));
    if (!seen.ok) return { refusal: endedOr(seen.error, operation), operation };
    operation = seen.value;
  }
  if (operation.failure === null) return { operation };
  // A drill that failed has a record of what it measured until then.
  if (operation.drill !== null) return { operation };
  const { code, sentence, hint, exit } = operation.failure;
  const problem = { type: '', title: sentence, status: 500, code, hint, exit };
  return { refusal: { problem }, operation };
}

/** A copy that is due is begun by itself, also in the moment before somebody asks for one: its end is waited for. */
async function beginWhenFree(call: Call, request: OperationRequest): Promise<Result<OperationView, Refusal>> {
  const { world, client, environment, json } = call;
  const key = 'POST /v1/environments/{environment}/recovery/operations';
  const ask = { params: { environment }, body: { by: world.user, ...request } };
  const until = world.clock.now() + busyFor;
  for (let isTold = false; ; ) {
    const begun = await patiently(call, () => client.call(key, ask));
    const busy = begun.ok || !('problem' in begun.error) ? null : begun.error.problem;
    if (busy?.code !== 'recovery_busy') return begun;
    if (world.clock.now() >= until || world.interrupted.aborted) return begun;
    if (!isTold && !json) world.complain(`${busy.title} Waiting for its end.`);
    isTold = true;
    await world.clock.sleep(millis(1_000), world.interrupted);
  }
}

/** A control plane that was started anew knows nothing of what the one before was doing. */
function endedOr(refusal: Refusal, { id }: OperationView): Refusal {
  const isUnknown = 'problem' in refusal && refusal.problem.code === 'recovery_operation_unknown';
  return isUnknown ? { failure: fail('recovery_broken_off', { operation: id }).error } : refusal;
}

/** What goes on is looked at again for a while where nobody answers. */
async function lookPatiently<T>(
  { world }: Call,
  look: () => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const until = world.clock.now() + unansweredFor;
  for (;;) {
    const seen = await look();
    if (seen.ok || 'problem' in seen.error) return seen;
    if (world.clock.now() >= until || world.interrupted.aborted) return seen;
    await world.clock.sleep(millis(1_000), world.interrupted);
  }
}

/** A line that is redrawn on a terminal; elsewhere one now and then. */
function progressOf({ world, json }: Call): (operation: OperationView) => void {
  let next = world.clock.now() + lineEvery;
  return ({ share, doing }) => {
    if (json) return;
    const line = share === null ? doing : `${Math.floor(share * 100)} % ${doing}`;
    if (world.terminal) return world.progress(line);
    if (world.clock.now() < next) return;
    world.print(`${timeOfDay(world.clock.now())}  ${line}`);
    next = world.clock.now() + lineEvery;
  };
}
