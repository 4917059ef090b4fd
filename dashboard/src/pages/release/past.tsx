import type { ExplainView } from '#api/browser';
import { useAnswer } from '../../data/index.ts';
import {
  Answer,
  Badge,
  type Column,
  count,
  Empty,
  millisText,
  PageHead,
  percentText,
  Section,
  State,
  Table,
  Time,
  shortRevision,
} from '../../kit/index.ts';
import { Steps } from './steps.tsx';
import { Timeline } from './timeline.tsx';
import { exposureSentence, outcomeTone, outcomeWords } from './words.ts';

interface PastProps {
  readonly environment: string;
  readonly release: number;
}

/** A release that is over: how it ended, why, and what it did to users. */
export function Past({ environment, release }: PastProps) {
  const told = useAnswer('GET /v1/environments/{environment}/explain', {
    params: { environment },
    query: { release },
  });
  return (
    <Answer of={told} lines={12}>
      {(all) => <Told all={all} />}
    </Answer>
  );
}

function Told({ all }: { readonly all: ExplainView }) {
  const { rollout, release, environment, by, note, endedAt, exposure, serves, timeline } = all;
  return (
    <div className="page release">
      <PageHead title={`Release ${release}`}>
        <Badge tone={outcomeTone[rollout.phase]}>{outcomeWords[rollout.phase]}</Badge>{' '}
        {note === '' ? '' : `“${note}”, `}by {by}
        {endedAt !== null && (
          <>
            , ended <Time at={endedAt} as="day" />
          </>
        )}
        . {exposureSentence(exposure)}{' '}
        {serves === release ? 'It serves now.' : serves === null ? '' : `Release ${serves} serves now.`}
      </PageHead>
      <div className="release-columns">
        <div className="release-main">
          {rollout.becauseSentence !== null && (
            <Section title="Why">
              <p>{rollout.becauseSentence}</p>
            </Section>
          )}
          <Section title="What the gate saw last">
            <Signals rollout={rollout} />
          </Section>
          {rollout.arms.length > 0 && (
            <Section title="What was answered in the last hold">
              <Table
                caption="Answers of each service by both releases"
                columns={columns}
                rows={rollout.arms}
                keyOf={({ service, role }) => `${service} ${role}`}
              />
            </Section>
          )}
        </div>
        <div className="release-side">
          <Steps rollout={rollout} />
          <Timeline environment={environment} release={release} entries={timeline} />
        </div>
      </div>
    </div>
  );
}

const signalTones = { good: 'good', bad: 'bad', waiting: 'quiet', missing: 'warn' } as const;

function Signals({ rollout }: Pick<ExplainView, 'rollout'>) {
  const signals = (rollout.verdict ?? rollout.because?.verdict)?.signals ?? [];
  if (signals.length === 0)
    return (
      <Empty title="Nothing was compared.">
        <p>The release had no step with a gate, or ended before one.</p>
      </Empty>
    );
  return (
    <ul className="release-signals">
      {signals.map(({ name, subject, state, sentence }) => (
        <li key={`${name} ${subject}`}>
          <State tone={signalTones[state]}>
            <span className="release-signal">{sentence}</span>
          </State>
        </li>
      ))}
    </ul>
  );
}

type Arm = ExplainView['rollout']['arms'][number];

const columns: readonly Column<Arm>[] = [
  {
    name: 'Service',
    cell: ({ service, role }) => <State tone={role}>{`${service}, ${role}`}</State>,
    wide: true,
  },
  { name: 'Revision', cell: ({ revision }) => <code>{shortRevision(revision)}</code> },
  { name: 'Share', cell: ({ weight }) => `${weight} %`, figures: true },
  { name: 'Requests', cell: ({ requests }) => count(requests), figures: true },
  {
    name: 'Fail',
    cell: ({ requests, failures }) => (requests === 0 ? '–' : percentText(failures / requests)),
    figures: true,
  },
  { name: 'p95', cell: ({ p95 }) => (p95 === null ? '–' : millisText(p95)), figures: true },
];
