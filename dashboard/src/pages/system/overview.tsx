import { Link } from '@tanstack/react-router';
import { CodeLine, Empty, Facts, Icon, quoted, shortRevision, State, type Tone } from '../../kit/index.ts';
import { callsText } from './list.tsx';
import { CanaryShare } from './part-card.tsx';
import { readyOf, type ServicePart } from './parts.ts';

interface OverviewProps {
  readonly environment: string;
  readonly part: ServicePart;
}

/** Who of a service is there, and how each is. */
export function ServiceOverview({ environment, part }: OverviewProps) {
  const { name, running, load } = part;
  return (
    <div className="stack">
      <p>{callsText(part)}</p>
      <Facts
        of={[
          ['address', running?.address == null ? 'none' : <code key="address">{running.address}</code>],
          ['ready', running === null ? 'none' : `${readyOf(running)} of ${running.wanted}`],
          ...(load?.canary == null
            ? []
            : [['traffic', <CanaryShare key="share" weight={load.canary.weight} />] as const]),
        ]}
      />
      <Replicas part={part} />
      <div className="system-ways">
        <Link to="/$environment/logs" params={{ environment }} search={{ service: name }} className="button">
          <Icon name="logs" />
          <span>Logs of {name}</span>
        </Link>
        <CodeLine>{`fairway logs --env ${quoted(environment)} --service ${quoted(name)} --follow`}</CodeLine>
      </div>
    </div>
  );
}

const stateWords: Readonly<Record<string, readonly [Tone, string]>> = {
  ready: ['good', 'ready'],
  starting: ['busy', 'starting'],
  unready: ['warn', 'not ready'],
  draining: ['quiet', 'draining'],
  backingOff: ['bad', 'crashed, is started again'],
  stopped: ['quiet', 'stopped'],
  unknown: ['quiet', 'watched elsewhere'],
};

function Replicas({ part: { name, running, load } }: { readonly part: ServicePart }) {
  const replicas = running?.replicas ?? [];
  if (replicas.length === 0)
    return (
      <Empty title={`No replica of ${name} runs.`}>
        <p>What is declared is started by "fairway up", or by the next release.</p>
      </Empty>
    );
  return (
    <ul className="system-replicas" aria-label={`Replicas of ${name}`}>
      {replicas.map(({ replica, revision, state, crashes, detail, port, pid }) => {
        const [tone, word] = stateWords[state] ?? (['quiet', state] as const);
        const facts = [
          port === null ? null : `port ${port}`,
          pid === null ? null : `process ${pid}`,
          crashes === 0 ? null : `${crashes} ${crashes === 1 ? 'crash' : 'crashes'}`,
        ].filter((fact) => fact !== null);
        return (
          <li key={replica}>
            <div className="system-replica-head">
              <span className="system-name">{replica}</span>
              <State tone={tone}>{word}</State>
            </div>
            <p className="hint">
              <code>{shortRevision(revision)}</code>
              {load?.canary?.revision === revision && ', the canary'}
              {facts.length > 0 && ` · ${facts.join(' · ')}`}
            </p>
            {detail !== null && <p className="system-detail">{detail}</p>}
          </li>
        );
      })}
    </ul>
  );
}
