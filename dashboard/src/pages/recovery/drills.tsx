import { timeSpan, type RecoveryView } from '#api/browser';
import { CodeLine, Empty, Section, State, Time } from '../../kit/index.ts';

interface DrillsProps {
  readonly of: RecoveryView;
  readonly environment: string;
}

/** Recoveries that were tried, with what they measured and what they found. */
export function Drills({ of: { drills, nextDrill }, environment }: DrillsProps) {
  return (
    <Section
      title="Drills"
      about={
        nextDrill === null ? (
          'None is due by itself.'
        ) : (
          <>
            The next one is due <Time at={nextDrill} />.
          </>
        )
      }
    >
      {drills.length === 0 ? (
        <Empty title="A recovery was never tried here.">
          <p>Only a drill tells whether the copies are good for anything, and how long a recovery takes.</p>
          <CodeLine>{`fairway drill --env ${environment}`}</CodeLine>
        </Empty>
      ) : (
        <ol className="recovery-drills">
          {drills.map((drill, at) => (
            <li key={drill.id}>
              <details open={at === 0}>
                <summary>
                  <State tone={drill.ok ? 'good' : 'bad'}>{drill.ok ? 'good' : 'failed'}</State>
                  <Time at={drill.at} as="day" />
                  <span className="recovery-drill-figures">
                    RTO <b>{drill.rto === null ? 'not reached' : timeSpan(drill.rto)}</b>, RPO{' '}
                    <b>{drill.rpo === null ? 'not measured' : timeSpan(drill.rpo)}</b>
                  </span>
                </summary>
                {drill.findings.length > 0 && (
                  <ul className="recovery-findings">
                    {drill.findings.map((finding) => (
                      <li key={finding}>{finding}</li>
                    ))}
                  </ul>
                )}
                <Steps steps={drill.steps} />
              </details>
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

/** Each step with the share of the time that it took. */
function Steps({ steps }: Pick<RecoveryView['drills'][number], 'steps'>) {
  const longest = Math.max(1, ...steps.map(({ tookMillis }) => tookMillis));
  return (
    <ol className="recovery-steps">
      {steps.map(({ name, tookMillis, ok, detail }, at) => (
        <li key={`${at}/${name}`}>
          <State tone={ok ? 'good' : 'bad'}>
            {name}
            <span className="hidden-text">{ok ? ', done' : ', failed'}</span>
          </State>
          {detail !== '' && <span className="hint">{detail}</span>}
          <span className="recovery-step-took">{timeSpan(tookMillis)}</span>
          <span className="recovery-step-bar" aria-hidden="true">
            <i style={{ inlineSize: `${(tookMillis / longest) * 100}%` }} />
          </span>
        </li>
      ))}
    </ol>
  );
}
