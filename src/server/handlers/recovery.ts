import type { EvidenceView, OperationView, Permission, SideView, TroubleView } from '#api';
import type { Context } from 'hono';
import { describeFailure, type Failure, fail, instant, ok, type Result } from '#kernel';
import type { JournalEntry } from '#ports';
import type { OperationAsk, OperationView as Operation, Recovery, SideRecord } from '#recovery';
import type { RecoveryDesk } from '../recovery.ts';
import { evidenceSentence } from '../recovery-tell.ts';
import type { Ask, Handlers } from './contract.ts';

export interface RecoveryScene {
  readonly system: string;
  /** undefined: nothing is copied here. */
  readonly desk: RecoveryDesk | undefined;
  /** Only who is in charge acts: the failure names who it is. */
  readonly mayChange: (environment: string) => Promise<Result<null>>;
  /** For what one route asks more of than of the rest. */
  readonly may: (context: Context, needs: Permission) => Result<null>;
}

/** What may be asked and told about copies, restores and drills. */
export function recoveryHandlers({ system, desk, mayChange, may }: RecoveryScene) {
  const deskFor = (environment: string) =>
    desk === undefined ? fail('recovery_not_here', { environment }) : ok(desk);
  const found = async (environment: string): Promise<Result<Recovery>> => {
    const known = deskFor(environment);
    return known.ok ? known.value.of(environment) : known;
  };
  /** To act on copies, and to act at the desk. */
  const acting = async (environment: string): Promise<Result<Recovery>> => {
    const ours = await mayChange(environment);
    return ours.ok ? found(environment) : ours;
  };
  const actingAtDesk = async (environment: string): Promise<Result<RecoveryDesk>> => {
    const ours = await mayChange(environment);
    return ours.ok ? deskFor(environment) : ours;
  };
  return {
    'GET /v1/environments/{environment}/recovery': async ({ environment }) => {
      const known = deskFor(environment);
      if (!known.ok) return known;
      const recovery = await known.value.of(environment);
      if (!recovery.ok) return recovery;
      const state = await recovery.value.state();
      if (!state.ok) return state;
      const sides = state.value.sides.map(sideView);
      const running = recovery.value.running();
      return ok({
        ...state.value,
        system,
        keyFile: known.value.keyFile(environment),
        sides,
        running: running === null ? null : operationView(running),
      });
    },
    'GET /v1/environments/{environment}/recovery/evidence': async ({ environment, query }) => {
      const known = deskFor(environment);
      return known.ok ? ok((await known.value.evidence(environment, query.limit)).map(evidenceView)) : known;
    },
    'POST /v1/environments/{environment}/recovery/steps': async ({ environment, body }) => {
      const known = await actingAtDesk(environment);
      if (!known.ok) return known;
      const kept = await known.value.record(environment, 'recovery.step', body);
      return kept.ok ? ok({ recorded: true }) : kept;
    },
    'POST /v1/environments/{environment}/recovery/operations': async ({ environment, body, context }) => {
      const allowed = may(context, body.kind === 'backup' || body.kind === 'drill' ? 'deploy' : 'administer');
      if (!allowed.ok) return allowed;
      const recovery = await acting(environment);
      if (!recovery.ok) return recovery;
      const begun = await recovery.value.begin(operationAsk(body));
      return begun.ok ? ok(operationView(begun.value)) : begun;
    },
    'GET /v1/environments/{environment}/recovery/operations/{id}': async ({ environment, id }) => {
      const recovery = await found(environment);
      if (!recovery.ok) return recovery;
      const operation = recovery.value.operation(id);
      return operation === null
        ? fail('recovery_operation_unknown', { operation: id })
        : ok(operationView(operation));
    },
    'POST /v1/environments/{environment}/recovery/sides/{id}/differences': async ({ environment, id }) => {
      const known = await actingAtDesk(environment);
      return known.ok ? known.value.differences(environment, id) : known;
    },
    'POST /v1/environments/{environment}/recovery/sides/{id}/login': async (ask) => {
      const recovery = await acting(ask.environment);
      if (!recovery.ok) return recovery;
      ask.context.header('cache-control', 'no-store');
      return recovery.value.login({ side: ask.id, by: ask.body.by });
    },
    'POST /v1/environments/{environment}/recovery/examine': async ({ environment, body }) => {
      const known = await actingAtDesk(environment);
      return known.ok ? known.value.examine(environment, body.store, body.side) : known;
    },
    'POST /v1/environments/{environment}/recovery/holds': async ({ environment, body }) => {
      const recovery = await acting(environment);
      return recovery.ok ? recovery.value.hold(body) : recovery;
    },
    'DELETE /v1/environments/{environment}/recovery/holds/{id}': async ({ environment, id }) => {
      const recovery = await acting(environment);
      if (!recovery.ok) return recovery;
      const released = await recovery.value.releaseHold(id);
      return released.ok ? ok({ released: true }) : released;
    },
  } satisfies Partial<Handlers>;
}

type OperationBody = Ask<'POST /v1/environments/{environment}/recovery/operations'>['body'];

function operationAsk(body: OperationBody): OperationAsk {
  if (body.kind !== 'restore' || body.target.kind !== 'time') return body as OperationAsk;
  return { ...body, target: { kind: 'time', at: instant(body.target.at) } };
}

function operationView({ failure, side, ...operation }: Operation): OperationView {
  return {
    ...operation,
    side: side === null ? null : sideView(side),
    failure: failure === null ? null : troubleView(failure),
  };
}

/** Where its files lie is nobody's business but this machine's. */
function sideView({ target: _target, folder: _folder, ...side }: SideRecord): SideView {
  return side;
}

function troubleView(failure: Failure): TroubleView {
  const { sentence, hint, exit } = describeFailure(failure);
  return { code: failure.code, sentence, hint, exit };
}

function evidenceView({ sequence, at, type, data }: JournalEntry): EvidenceView {
  return { sequence, at, type, sentence: evidenceSentence(type, data) };
}
