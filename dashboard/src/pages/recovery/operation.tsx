import { useEffect, useRef, useState } from 'react';
import { type AskOf, type OperationView, timeSpan } from '#api/browser';
import { call, Refusal, refresh, useAnswer, useNow } from '../../data/index.ts';
import { announce, Bar, bytesText, Button, listText, State } from '../../kit/index.ts';

type Asked = AskOf<'POST /v1/environments/{environment}/recovery/operations'>['body'];

/** Long work, begun here or elsewhere: one at a time, as the control plane does it. */
export interface Work {
  readonly operation: OperationView | null;
  /** Why nothing else can be begun now; null: it can. */
  readonly whyNot: string | null;
  /** Throws what the control plane refuses. */
  readonly begin: (asked: Asked) => Promise<void>;
  readonly forget: () => void;
}

const begunAs: Readonly<Record<OperationView['kind'], string>> = {
  backup: 'Backing up',
  restore: 'Restoring beside',
  exchange: 'Exchanging',
  discard: 'Removing what was restored',
  drill: 'Drilling',
  rotate: 'Replacing secrets',
};

/** `running`: what the control plane says is under way. */
export function useWork(environment: string, running: OperationView | null): Work {
  const [begun, setBegun] = useState<OperationView | null>(null);
  // Somebody else's work is followed like our own, so that it can be seen to its end.
  if (running !== null && running.id !== begun?.id && begun?.state !== 'running') setBegun(running);
  const asked = useAnswer(
    'GET /v1/environments/{environment}/recovery/operations/{id}',
    { params: { environment, id: begun?.id ?? '' } },
    { every: begun === null || begun.state !== 'running' ? 60_000 : 1_000, when: begun !== null },
  );
  const known = asked.data !== undefined && asked.data.id === begun?.id ? asked.data : begun;
  const isLost = asked.error instanceof Refusal && asked.error.problem.status === 404;
  const present = known?.state === 'running' && isLost ? lost(known) : known;
  const state = present?.state;
  const before = useRef(state);
  useEffect(() => {
    if (before.current === 'running' && state !== 'running' && present !== null) {
      announce(endOf(present));
      setBegun(present);
      refresh(environment);
    }
    before.current = state;
  }, [state, present, environment]);
  return {
    operation: present,
    whyNot: state === 'running' ? `${begunAs[present?.kind ?? 'backup']} is under way.` : null,
    begin: async (body) => {
      const operation = await call('POST /v1/environments/{environment}/recovery/operations', {
        params: { environment },
        body,
      });
      setBegun(operation);
      announce(`${begunAs[operation.kind]} has begun.`);
    },
    forget: () => setBegun(null),
  };
}

/** A control plane that was started anew knows nothing of work that was under way. */
const lost = (operation: OperationView): OperationView => ({
  ...operation,
  state: 'failed',
  failure: {
    code: 'recovery_operation_unknown',
    sentence: `${begunAs[operation.kind]} was cut off: the control plane was started anew meanwhile.`,
    hint: 'See in the evidence below how far it came, and begin it again.',
    exit: 1,
  },
});

/** How far it is. It cannot be ended from here: half a copy or half a restore helps nobody. */
export function WorkShown({ work: { operation, forget } }: { readonly work: Work }) {
  const now = useNow();
  if (operation === null) return null;
  const { state, doing, share, begunAt, failure, kind } = operation;
  if (state === 'running')
    return (
      <div className="recovery-work" data-tone="busy">
        <p>
          <State tone="busy">{begunAs[kind]}</State>
          <span className="recovery-doing">{doing}</span>
          <span className="recovery-took">{timeSpan(now - begunAt)}</span>
        </p>
        <Bar share={share} label={`${begunAs[kind]}: ${doing}`} tone="busy" />
      </div>
    );
  return (
    <div className="recovery-work" data-tone={isGood(operation) ? 'good' : 'bad'}>
      <p>
        <State tone={isGood(operation) ? 'good' : 'bad'}>{endOf(operation)}</State>
        <Button kind="quiet" icon="close" label="Put this away" onClick={forget}>
          {''}
        </Button>
      </p>
      {failure !== null && failure.hint !== '' && <p className="hint">{failure.hint}</p>}
    </div>
  );
}

const isGood = ({ state, drill }: OperationView) => state === 'done' && drill?.ok !== false;

/** How it ended, in one sentence. */
function endOf(operation: OperationView): string {
  const { kind, failure, copies, side, drill } = operation;
  if (failure !== null) return failure.sentence;
  switch (kind) {
    case 'backup': {
      const bytes = copies.reduce((sum, copy) => sum + copy.bytes, 0);
      return `${listText(copies.map(({ of }) => of))} ${copies.length === 1 ? 'was' : 'were'} copied and read back, ${bytesText(bytes)}.`;
    }
    case 'restore':
      return `${side?.store ?? 'The store'} was restored beside the running one.`;
    case 'drill':
      return drill?.ok === true
        ? `The drill was good${drill.rto === null ? '' : `: everything worked again after ${timeSpan(drill.rto)}`}.`
        : 'The drill failed; what it found stands below.';
    case 'discard':
      return 'What was restored beside is removed.';
    case 'exchange':
      return 'The restored store is in the place of the running one.';
    case 'rotate':
      return 'The generated secrets are replaced.';
    default:
      return 'It has ended.';
  }
}
