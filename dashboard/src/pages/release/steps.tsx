import { timeSpan, type RolloutView } from '#api/browser';
import { useNow } from '../../data/index.ts';
import { Bar, Countdown, Section, State } from '../../kit/index.ts';

/** All steps of a release; of the present one also how long it is still held. */
export function Steps({ rollout }: { readonly rollout: RolloutView }) {
  const { steps, stageNumber, phase } = rollout;
  const isOver = phase === 'promoted';
  const isBack = ['returning', 'restoring', 'clearing', 'rolledBack', 'failed'].includes(phase);
  const at = isOver ? steps.length : (stageNumber ?? 0);
  return (
    <Section title="Steps">
      <ol className="release-steps">
        {steps.map((step, index) => {
          const { name } = step;
          const state = isBack
            ? index < at
              ? 'done'
              : 'never'
            : index < at
              ? 'done'
              : index === at
                ? 'here'
                : 'later';
          return (
            <li key={name} data-state={state} aria-current={state === 'here' ? 'step' : undefined}>
              <span className="release-step-name">
                {state === 'done' ? (
                  <State tone="good">{name}</State>
                ) : state === 'here' ? (
                  <State tone={rollout.paused === null ? 'busy' : 'warn'}>{name}</State>
                ) : (
                  <State tone="quiet">{name}</State>
                )}
                <span className="hidden-text">
                  {state === 'done'
                    ? ' (done)'
                    : state === 'here'
                      ? ' (now)'
                      : state === 'never'
                        ? ' (not reached)'
                        : ' (later)'}
                </span>
              </span>
              {state === 'here' && rollout.until !== null ? (
                <Hold rollout={rollout} />
              ) : (
                <Terms step={step} />
              )}
            </li>
          );
        })}
      </ol>
    </Section>
  );
}

const asked = {
  pass: 'until the gate passes',
  watch: 'and watched meanwhile',
  none: 'without a gate',
} as const;

/** How long a step that is not held now is held, and what it asks for. */
function Terms({ step }: { readonly step: RolloutView['steps'][number] }) {
  if (step.holdMillis === 0 && !step.final) return null;
  const held = step.holdMillis === 0 ? '' : `held for ${timeSpan(step.holdMillis)}, ${asked[step.gate]}`;
  const final = step.final ? 'from here on there is only forward' : '';
  return <p className="hint">{[held, final].filter((each) => each !== '').join('; ')}</p>;
}

function Hold({ rollout: { since, until, held } }: { readonly rollout: RolloutView }) {
  const now = useNow();
  if (since === null || until === null) return null;
  const all = until - since;
  if (held || now >= until)
    return (
      <p className="hint">
        Its {timeSpan(all)} are over; it is held until the evidence is there, or a person ends it.
      </p>
    );
  return (
    <div className="release-hold">
      <Bar share={(now - since) / all} label={`${timeSpan(now - since)} of ${timeSpan(all)}`} tone="busy" />
      <p className="hint">
        <Countdown until={until} /> of {timeSpan(all)} left
      </p>
    </div>
  );
}
