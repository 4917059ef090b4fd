import { Link } from '@tanstack/react-router';
import { timeSpan } from '#api/browser';
import { useAnswer } from '../../data/index.ts';
import { bytesText, Facts, Icon, State, Time } from '../../kit/index.ts';
import { callsText } from './list.tsx';
import type { StorePart } from './parts.ts';

interface StoreFactsProps {
  readonly environment: string;
  readonly part: StorePart;
}

/** How a store is, and how safe what it holds is. */
export function StoreFacts({ environment, part }: StoreFactsProps) {
  const { declared, running } = part;
  const { kind, version, standbys, backup } = declared;
  return (
    <div className="stack">
      <p>{callsText(part)}</p>
      <Facts
        of={[
          ['kind', version === null ? kind : `${kind} ${version}`],
          ['address', running?.address == null ? 'none' : <code key="address">{running.address}</code>],
          ['copies', backup ?? 'none are declared: what it holds lives on this machine only'],
          ...(standbys === 0 ? [] : [['standbys', String(standbys)] as const]),
        ]}
      />
      {running?.detail != null && <p className="system-detail">{running.detail}</p>}
      <Standbys store={running} />
      <Safety environment={environment} store={part.name} />
      <Link to="/$environment/recovery" params={{ environment }} className="button">
        <Icon name="recovery" />
        <span>Recovery</span>
      </Link>
    </div>
  );
}

/** Targets that look at standbys tell of each. */
function Standbys({ store }: { readonly store: StorePart['running'] }) {
  const standbys = store?.standbys ?? [];
  if (standbys.length === 0) return null;
  return (
    <ul className="system-replicas" aria-label="Standbys">
      {standbys.map(({ number, state, detail, synchronous, lagBytes, lagSeconds }) => (
        <li key={number}>
          <div className="system-replica-head">
            <span className="system-name">standby {number}</span>
            <State tone={state === 'follows' ? 'good' : state === 'away' ? 'bad' : 'busy'}>{state}</State>
          </div>
          <p className="hint">
            {synchronous ? 'Holds every write that was acknowledged. ' : ''}
            {lagSeconds === null ? 'How far it is behind is not known.' : `${lagSeconds} s behind`}
            {lagSeconds !== null && lagBytes !== null && ` (${bytesText(lagBytes)})`}
          </p>
          {detail !== null && <p className="system-detail">{detail}</p>}
        </li>
      ))}
    </ul>
  );
}

/** In short what the recovery page tells at length; nothing where nobody can say. */
function Safety({ environment, store }: { readonly environment: string; readonly store: string }) {
  const recovery = useAnswer('GET /v1/environments/{environment}/recovery', { params: { environment } });
  const safety = recovery.data?.stores.find((each) => each.store === store);
  if (safety === undefined || !safety.declared) return null;
  const { newest, copies, bytes, atRisk, log, warnings } = safety;
  return (
    <>
      <Facts
        of={[
          ['newest copy', newest === null ? 'there is none yet' : <Time key="newest" at={newest} />],
          ['kept', `${copies} ${copies === 1 ? 'copy' : 'copies'}, ${bytesText(bytes)}`],
          ['would be lost', atRisk === null ? 'everything' : `the last ${timeSpan(atRisk)}`],
          ...(log === null || !log.on ? [] : [['log', log.failing ?? waitingText(log.waiting)] as const]),
        ]}
      />
      {warnings.map(({ code, sentence, severity }) => (
        <State key={code} tone={severity === 'error' ? 'bad' : 'warn'}>
          {sentence}
        </State>
      ))}
    </>
  );
}

const waitingText = (files: number) =>
  files === 0 ? 'all of it is safe' : `${files} ${files === 1 ? 'file waits' : 'files wait'} to be copied`;
