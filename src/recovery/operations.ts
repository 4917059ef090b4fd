import {
  type Clock,
  type Failure,
  fail,
  type Instant,
  ok,
  type Random,
  type Result,
  unreachable,
} from '#kernel';
import type { CopyProgress } from '#ports';
import { settled } from './calling.ts';
import type { OperationAsk, OperationView } from './contract.ts';
import { newId } from './repository/layout.ts';

/** What an operation has brought about so far. */
export type Outcome = Partial<Pick<OperationView, 'copies' | 'side' | 'drill' | 'former' | 'rotated'>>;

/** What an operation works with: how far it is, and when it has to end. */
export interface Handle {
  readonly id: string;
  readonly begunAt: Instant;
  readonly signal: AbortSignal;
  readonly progress: (progress: CopyProgress) => void;
  readonly show: (outcome: Outcome) => void;
}

export interface Operations {
  /** What runs now; null: nothing. */
  running(): OperationView | null;
  /** One at a time. Failures: `recovery_busy` (facts: doing), `recovery_ended`. */
  begin(
    kind: OperationAsk['kind'],
    work: (handle: Handle) => Promise<Result<Outcome>>,
  ): Result<OperationView>;
  view(id: string): OperationView | null;
  /** When the one that runs has ended. */
  idle(): Promise<void>;
  /** Aborts what runs, waits for it, and begins nothing any more. */
  end(): Promise<void>;
}

const remembered = 50;

/** Long work, one at a time, that can be looked at while it goes on and ends when it is told to. */
export function createOperations(options: { readonly clock: Clock; readonly random: Random }): Operations {
  const { clock, random } = options;
  const views = new Map<string, OperationView>();
  const ending = new AbortController();
  let current: { readonly id: string; readonly done: Promise<void> } | null = null;

  const running = () => (current === null ? null : (views.get(current.id) ?? null));

  function change(id: string, parts: Partial<OperationView>): void {
    const view = views.get(id);
    if (view !== undefined) views.set(id, { ...view, ...parts });
  }

  function finish(id: string, failure: Failure | null, outcome: Outcome): void {
    const state = failure === null ? 'done' : 'failed';
    const share = failure === null ? { share: 1 } : {};
    change(id, { ...outcome, ...share, state, failure, endedAt: clock.now(), doing: state });
    current = null;
    const oldest = views.keys().next().value;
    if (views.size > remembered && oldest !== undefined) views.delete(oldest);
  }

  return {
    running,
    begin(kind, work) {
      if (ending.signal.aborted) return fail('recovery_ended');
      const busy = running();
      if (busy !== null) return fail('recovery_busy', { doing: nameOf(busy.kind) });
      const view = viewOf(newId(clock.now(), random), kind, clock.now());
      const { id, begunAt } = view;
      views.set(id, view);
      const handle: Handle = {
        id,
        begunAt,
        signal: ending.signal,
        progress: ({ share, doing }) => change(id, { share, doing }),
        show: (outcome) => change(id, outcome),
      };
      const done = settled(nameOf(kind), () => work(handle)).then((result) =>
        finish(id, result.ok ? null : result.error, result.ok ? result.value : {}),
      );
      current = { id, done };
      return ok(view);
    },
    view: (id) => views.get(id) ?? null,
    async idle() {
      await current?.done;
    },
    async end() {
      ending.abort();
      await current?.done;
    },
  };
}

/** What an operation is called in sentences. */
export function nameOf(kind: OperationAsk['kind']): string {
  switch (kind) {
    case 'backup':
      return 'a backup';
    case 'restore':
      return 'a restore';
    case 'exchange':
      return 'an exchange';
    case 'discard':
      return 'the removal of a side store';
    case 'drill':
      return 'a drill';
    case 'rotate':
      return 'a rotation of the secrets';
    default:
      return unreachable(kind);
  }
}

const viewOf = (id: string, kind: OperationAsk['kind'], begunAt: Instant): OperationView => ({
  id,
  kind,
  state: 'running',
  begunAt,
  endedAt: null,
  share: null,
  doing: 'it begins',
  failure: null,
  copies: [],
  side: null,
  drill: null,
  former: null,
  rotated: null,
});
