import { Link } from '@tanstack/react-router';
import type { HistoryItem, StatusView } from '#api/browser';
import { useAnswer, useTraffic } from '../../data/index.ts';
import { Answer, Badge, CodeLine, Empty, PageHead, Section, State, Time } from '../../kit/index.ts';
import { Begin } from './begin.tsx';
import { Figures } from './figures.tsx';
import { Picture } from './picture/index.tsx';
import { ServiceChoice, useService } from './service.tsx';
import { exposureSentence, outcomeTone, outcomeWords } from './words.ts';

/** Nothing is under way: what serves, how the last release ended, and how to begin another one. */
export function Quiet({ status }: { readonly status: StatusView }) {
  const { environment, release } = status;
  const history = useAnswer('GET /v1/environments/{environment}/history', { params: { environment } });
  const traffic = useTraffic(environment);
  const { service, services, choose } = useService(traffic, null);
  const names = { stable: release === null ? 'nothing yet' : `release ${release.number}`, canary: null };
  if (status.status === 'down') return <Down status={status} />;
  return (
    <div className="page release">
      <PageHead
        title="Nothing is being released"
        actions={<Begin status={status} history={history.data ?? []} />}
      >
        <Serves status={status} history={history.data ?? []} />
      </PageHead>
      <Section
        title="Traffic"
        actions={<ServiceChoice service={service} services={services} onChoose={choose} />}
      >
        {service === '' ? (
          <Empty title="No service here answers requests.">
            <p>Or nobody has counted yet: the first figures come a few seconds after a start.</p>
          </Empty>
        ) : (
          <Picture traffic={traffic} service={service} names={names} />
        )}
      </Section>
      <div className="release-columns">
        <div className="release-main">
          {service !== '' && <Figures traffic={traffic} service={service} names={names} />}
        </div>
        <div className="release-side">
          <Section title="The last release">
            <Answer of={history} lines={4}>
              {(items) => <Last environment={environment} items={items} />}
            </Answer>
          </Section>
          <Section title="From a terminal">
            <div className="stack">
              <CodeLine>{`fairway release --env ${environment}`}</CodeLine>
              <p className="hint">
                Builds what lies in the system’s folder, and follows it until it is promoted or taken back.
              </p>
            </div>
          </Section>
        </div>
      </div>
    </div>
  );
}

interface ServesProps {
  readonly status: StatusView;
  readonly history: readonly HistoryItem[];
}

function Serves({ status, history }: ServesProps) {
  const { release, environment, pinned, stuck, warm, queued } = status;
  if (release === null) return `Nothing has been released to ${environment} yet.`;
  const since = history.find(({ release: each }) => each === release.number)?.rollouts[0]?.endedAt ?? null;
  return (
    <>
      Release {release.number} serves {environment}
      {since !== null && (
        <>
          {' '}
          since <Time at={since} as="day" />
        </>
      )}
      .{pinned && ' It was gone back to, so nothing rolls forward by itself.'}
      {warm !== null && (
        <>
          {' '}
          Release {warm.release} is kept warm until <Time at={warm.until} as="day" />.
        </>
      )}
      {queued !== null && ` Release ${queued.release} is next in line, asked for by ${queued.by}.`}
      {stuck && (
        <>
          {' '}
          <State tone="warn">A rollout has stopped half way; somebody must look.</State>
        </>
      )}
    </>
  );
}

function Last({
  environment,
  items,
}: {
  readonly environment: string;
  readonly items: readonly HistoryItem[];
}) {
  const last = items
    .flatMap((item) => item.rollouts.map((rollout) => ({ item, rollout })))
    .toSorted((a, b) => b.rollout.startedAt - a.rollout.startedAt)[0];
  if (last === undefined) return <Empty title="There was none yet." />;
  const { item, rollout } = last;
  return (
    <div className="stack release-wait">
      <p>
        <Badge tone={outcomeTone[rollout.outcome]}>{outcomeWords[rollout.outcome]}</Badge>{' '}
        <Link to="/$environment/release/$number" params={{ environment, number: String(item.release) }}>
          Release {item.release}
        </Link>{' '}
        by {item.by}, <Time at={rollout.endedAt ?? rollout.startedAt} />
        {item.note === '' ? '.' : `: ${item.note}`}
      </p>
      {rollout.because !== null && <p>{rollout.because}</p>}
      <p className="hint">{exposureSentence(rollout.exposure)}</p>
    </div>
  );
}

function Down({ status: { environment, target } }: { readonly status: StatusView }) {
  return (
    <div className="page release">
      <PageHead title={`${environment} is down`}>Nothing runs there. Its data are kept.</PageHead>
      <Empty title="Bring it up">
        <div className="stack">
          <p>
            This line starts what is declared for {environment} on the target {target}:
          </p>
          <CodeLine>{`fairway up --env ${environment}`}</CodeLine>
        </div>
      </Empty>
    </div>
  );
}
