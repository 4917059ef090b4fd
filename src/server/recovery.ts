import type { Context, Hono } from 'hono';
import {
  type EvidenceView,
  type ExaminedView,
  examineRequest,
  holdRequest,
  type OperationView,
  operationRequest,
  type RecoveryView,
  stepRequest,
  type TableDifferenceView,
  type TroubleView,
  type WarningView,
} from '#api';
import { describeFailure, type Failure, fail, instant, type Json, ok, type Result } from '#kernel';
import type { Examined, JournalEntry } from '#ports';
import type { OperationAsk, OperationView as Operation, Recovery } from '#recovery';
import { evidenceSentence } from './recovery-tell.ts';
import { refuse } from './refuse.ts';
import { withBody } from './with-body.ts';

/** Recovery of all environments of a system, as the control plane keeps it. */
export interface RecoveryDesk {
  /** Failures: `recovery_not_here` (facts: environment) and those of reading place and key. */
  of(environment: string): Promise<Result<Recovery>>;
  /** The file with the key of its copies. */
  keyFile(environment: string): string;
  /** What people should know now, worst first, as it was found at most a minute ago; asks nobody. */
  warnings(environment: string): readonly WarningView[];
  /** Adds an entry to the evidence of the environment. */
  record(environment: string, type: string, data: Json): Promise<Result<null>>;
  /** The newest entries of the evidence, oldest first. */
  evidence(environment: string, limit: number): Promise<readonly JournalEntry[]>;
  /** Rows of each table of a restored store beside those of the running one. Failure: `recovery_side_unknown`. */
  differences(environment: string, side: string): Promise<Result<readonly TableDifferenceView[]>>;
  /** Reads all of a store and holds it against its checksums, constraints and what is declared; `side` null: the running one. */
  examine(environment: string, store: string, side: string | null): Promise<Result<readonly Examined[]>>;
}

export interface RecoveryRoutes {
  readonly system: string;
  readonly desk: RecoveryDesk;
  readonly nameOf: (context: Context) => string;
  /** Why this control plane may not change the environment; null: it may. */
  readonly notOurs: (context: Context) => Promise<Failure | null>;
}

/** What may be asked and told about copies, restores and drills. */
export function addRecovery(app: Hono, { system, desk, nameOf, notOurs }: RecoveryRoutes): void {
  const base = '/v1/environments/:environment/recovery';
  const found = async (
    context: Context,
    act: (recovery: Recovery) => Promise<Response>,
  ): Promise<Response> => {
    const recovery = await desk.of(nameOf(context));
    return recovery.ok ? act(recovery.value) : refuse(context, recovery.error);
  };
  /** Only who is in charge acts. */
  const acting = async (context: Context, act: (recovery: Recovery) => Promise<Response>) => {
    const other = await notOurs(context);
    return other === null ? found(context, act) : refuse(context, other);
  };

  app.get(base, (context) =>
    found(context, async (recovery) => {
      const state = await recovery.state();
      if (!state.ok) return refuse(context, state.error);
      const view: RecoveryView = { system, keyFile: desk.keyFile(nameOf(context)), ...state.value };
      return context.json(view);
    }),
  );
  app.get(`${base}/evidence`, async (context) => {
    const limit = Math.min(1_000, Math.max(1, Number(context.req.query('limit') ?? 100) || 100));
    const entries = await desk.evidence(nameOf(context), limit);
    return context.json(entries.map(evidenceView));
  });
  app.post(`${base}/steps`, (context) =>
    withBody(context, stepRequest, async (body) => {
      const other = await notOurs(context);
      if (other !== null) return refuse(context, other);
      const kept = await desk.record(nameOf(context), 'recovery.step', body);
      return kept.ok ? context.json({ recorded: true }) : refuse(context, kept.error);
    }),
  );
  app.post(`${base}/operations`, (context) =>
    withBody(context, operationRequest, (body) =>
      acting(context, async (recovery) => {
        const begun = await recovery.begin(askOf(body));
        return begun.ok ? context.json(operationView(begun.value), 202) : refuse(context, begun.error);
      }),
    ),
  );
  app.get(`${base}/operations/:id`, (context) =>
    found(context, async (recovery) => {
      const id = context.req.param('id') ?? '';
      const operation = recovery.operation(id);
      return operation === null
        ? refuse(context, fail('recovery_operation_unknown', { operation: id }).error)
        : context.json(operationView(operation));
    }),
  );
  app.post(`${base}/sides/:id/differences`, async (context) => {
    const other = await notOurs(context);
    if (other !== null) return refuse(context, other);
    const views = await desk.differences(nameOf(context), context.req.param('id') ?? '');
    return views.ok ? context.json(views.value) : refuse(context, views.error);
  });
  app.post(`${base}/examine`, (context) =>
    withBody(context, examineRequest, async ({ store, side }) => {
      const other = await notOurs(context);
      if (other !== null) return refuse(context, other);
      const views = await desk.examine(nameOf(context), store, side);
      return views.ok
        ? context.json(views.value satisfies readonly ExaminedView[])
        : refuse(context, views.error);
    }),
  );
  app.post(`${base}/holds`, (context) =>
    withBody(context, holdRequest, (body) =>
      acting(context, async (recovery) => {
        const covered = await holdable(recovery, body);
        if (!covered.ok) return refuse(context, covered.error);
        const held = await recovery.hold(body);
        return held.ok ? context.json(held.value, 201) : refuse(context, held.error);
      }),
    ),
  );
  app.delete(`${base}/holds/:id`, (context) =>
    acting(context, async (recovery) => {
      const id = context.req.param('id') ?? '';
      const state = await recovery.state();
      // A hold that cannot be read makes the state a failure; then it must be possible to end it all the same.
      if (state.ok && !state.value.holds.some((known) => known.id === id))
        return refuse(context, fail('recovery_hold_unknown', { hold: id }).error);
      const released = await recovery.releaseHold(id);
      return released.ok ? context.json(ok({ released: true }).value) : refuse(context, released.error);
    }),
  );
}

/** A hold on something that is not there would keep nothing, and nobody would know. */
async function holdable(
  recovery: Recovery,
  { of, copy }: { readonly of: string; readonly copy: string | null },
): Promise<Result<null>> {
  const state = await recovery.state();
  if (!state.ok) return state;
  const { stores, copies } = state.value;
  const isKnown = stores.some(({ store }) => store === of) || copies.some((each) => each.of === of);
  if (!isKnown)
    return fail('recovery_store_unknown', { store: of, stores: stores.map(({ store }) => store).join(', ') });
  if (copy !== null && !copies.some((each) => each.of === of && each.id === copy))
    return fail('recovery_copy_unknown', { copy, of });
  return ok(null);
}

type OperationBody = ReturnType<typeof operationRequest.parse>;

function askOf(body: OperationBody): OperationAsk {
  if (body.kind !== 'restore' || body.target.kind !== 'time') return body as OperationAsk;
  return { ...body, target: { kind: 'time', at: instant(body.target.at) } };
}

function operationView({ failure, side, ...operation }: Operation): OperationView {
  return { ...operation, side, failure: failure === null ? null : trouble(failure) };
}

function trouble(failure: Failure): TroubleView {
  const { sentence, hint, exit } = describeFailure(failure);
  return { code: failure.code, sentence, hint, exit };
}

function evidenceView({ sequence, at, type, data }: JournalEntry): EvidenceView {
  return { sequence, at, type, sentence: evidenceSentence(type, data) };
}
