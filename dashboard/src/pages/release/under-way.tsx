import { useEffect, useRef } from 'react';
import type { RolloutView, StatusView } from '#api/browser';
import { useAnswer, useTraffic } from '../../data/index.ts';
import { announce, Badge, Bar, Countdown, PageHead, Section, State, Time } from '../../kit/index.ts';
import { Actions } from './actions.tsx';
import { Evidence } from './evidence.tsx';
import { Figures } from './figures.tsx';
import { Picture } from './picture/index.tsx';
import { ServiceChoice, useService } from './service.tsx';
import { Steps } from './steps.tsx';
import { Timeline } from './timeline.tsx';
import { phaseWords, shareSentence } from './words.ts';

interface Props {
  readonly status: StatusView;
  readonly rollout: RolloutView;
}

/** A release on its way. */
export function UnderWay({ status, rollout }: Props) {
  const { environment } = status;
  const traffic = useTraffic(environment);
  const { service, services, choose } = useService(traffic, rollout);
  const told = useAnswer('GET /v1/environments/{environment}/explain', {
    params: { environment },
    query: { release: rollout.release },
  });
  useAnnouncement(rollout);
  const isBack = ['returning', 'restoring', 'clearing'].includes(rollout.phase);
  const names = {
    stable: rollout.from === null ? 'nothing before' : `release ${rollout.from}`,
    canary: `release ${rollout.release}`,
  };
  return (
    <div className="page release">
      <PageHead
        title={`Release ${rollout.release} ${isBack ? 'is taken back' : 'is on its way'}`}
        actions={<Actions status={status} rollout={rollout} />}
      >
        <Badge tone={isBack ? 'bad' : rollout.paused === null ? 'busy' : 'warn'}>
          {rollout.paused === null ? phaseWords[rollout.phase] : 'paused'}
        </Badge>{' '}
        {shareSentence(rollout)} {told.data?.note ? `“${told.data.note}”, ` : ''}
        {told.data !== undefined && `asked for by ${told.data.by}, `}begun <Time at={rollout.startedAt} />.
      </PageHead>
      <Section
        title="Traffic"
        actions={<ServiceChoice service={service} services={services} onChoose={choose} />}
      >
        <Picture traffic={traffic} service={service} names={names} />
      </Section>
      <div className="release-columns">
        <div className="release-main">
          <Evidence traffic={traffic} rollout={rollout} />
          <Figures traffic={traffic} service={service} names={names} />
        </div>
        <div className="release-side">
          <WaitsFor rollout={rollout} />
          <Steps rollout={rollout} />
          <Timeline
            environment={environment}
            release={rollout.release}
            entries={told.data?.timeline ?? null}
          />
        </div>
      </div>
    </div>
  );
}

function WaitsFor({
  rollout: { waitsFor, becauseSentence, progress, paused, committed },
}: Pick<Props, 'rollout'>) {
  if (waitsFor === null && becauseSentence === null) return null;
  return (
    <Section title={becauseSentence === null ? 'It waits for' : 'It goes back'}>
      <div className="stack release-wait">
        {becauseSentence !== null && <State tone="bad">{sentence(becauseSentence)}</State>}
        {waitsFor !== null && (
          <p>
            {waitsFor.person ? (
              <State tone="warn">{sentence(waitsFor.sentence)}</State>
            ) : (
              sentence(waitsFor.sentence)
            )}
            {waitsFor.until !== null && (
              <span className="hint">
                {' '}
                For <Countdown until={waitsFor.until} /> more at most.
              </span>
            )}
          </p>
        )}
        {waitsFor !== null && waitsFor.needs.length > 0 && (
          <ul className="release-needs">
            {waitsFor.needs.map((need) => (
              <li key={need}>{sentence(need)}</li>
            ))}
          </ul>
        )}
        {progress !== null && (
          <div>
            <Bar
              share={progress.percent === null ? null : progress.percent / 100}
              label={`${progress.job}: ${progress.percent === null ? 'how far it is is not known' : `${progress.percent} %`}`}
              tone="busy"
            />
            <p className="hint">
              {progress.job}
              {progress.of !== null && `: ${progress.done ?? 0} of ${progress.of}`}
            </p>
          </div>
        )}
        {paused !== null && (
          <p className="hint">
            Paused by {paused.by} <Time at={paused.at} />
            {paused.note === '' ? '' : `: ${paused.note}`}. Safety rules go on.
          </p>
        )}
        {committed && <p className="hint">Something final has begun: from here there is only forward.</p>}
      </div>
    </Section>
  );
}

/** Sentences of the API begin small where they follow a name; on a line of their own they begin as sentences do. */
const sentence = (text: string) =>
  /^[a-z][a-z0-9-]*( |$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;

/** Who does not see the picture hears of each phase once. */
function useAnnouncement({ release, phase, stage }: RolloutView): void {
  const before = useRef('');
  useEffect(() => {
    const here = `Release ${release}: ${phaseWords[phase]}${stage === null ? '' : `, ${stage}`}.`;
    if (before.current !== '' && before.current !== here) announce(here);
    before.current = here;
  }, [release, phase, stage]);
}
