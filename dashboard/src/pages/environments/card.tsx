import { Link } from '@tanstack/react-router';
import type { EnvironmentView } from '#api/browser';
import { useAccess } from '../../data/index.ts';
import { Bar, Button, State, Time } from '../../kit/index.ts';
import { standingOf } from './words.ts';

interface CardProps {
  readonly environment: EnvironmentView;
  readonly onUp: () => void;
  readonly onDown: () => void;
}

/** One environment: how it is, what it runs, and how that stands to what is declared. */
export function Card({ environment, onUp, onDown }: CardProps) {
  const { name, target, status, absent, release, pinned, services, warnings } = environment;
  const access = useAccess();
  const { tone, word } = standingOf(environment);
  return (
    <article className="section environments-card" aria-label={name}>
      <header className="environments-head">
        <h2>
          {status === 'unknown' ? (
            name
          ) : (
            <Link to="/$environment/system" params={{ environment: name }}>
              {name}
            </Link>
          )}
        </h2>
        <State tone={tone}>{word}</State>
      </header>
      <p className="hint">on the target {target}</p>
      {absent !== null && <p>{absent}</p>}
      {release === null ? (
        absent === null && <p className="environments-none">Nothing has been released here yet.</p>
      ) : (
        <Running name={name} release={release} />
      )}
      {pinned && <p className="hint">A rollback holds it: nothing rolls forward by itself.</p>}
      {status === 'up' && (
        <div className="environments-ready">
          <span>
            {services.ready} of {services.wanted} replicas ready
          </span>
          <Bar
            share={services.wanted === 0 ? 1 : services.ready / services.wanted}
            label={`${services.ready} of ${services.wanted} replicas ready`}
            tone={services.ready < services.wanted ? 'warn' : 'good'}
          />
        </div>
      )}
      {status === 'up' && <Drift environment={environment} onUp={onUp} />}
      {warnings.map((warning) => (
        <State key={warning} tone="warn">
          {warning}
        </State>
      ))}
      <footer className="actions">
        {status === 'down' && (
          <Button icon="play" whyNot={access.whyNot('deploy')} onClick={onUp}>
            Bring it up
          </Button>
        )}
        {status === 'up' && (
          <Button kind="quiet" whyNot={access.whyNot('administer')} onClick={onDown}>
            Stop {name}
          </Button>
        )}
      </footer>
    </article>
  );
}

interface RunningProps {
  readonly name: string;
  readonly release: NonNullable<EnvironmentView['release']>;
}

function Running({ name, release: { number, createdAt, by, note, source } }: RunningProps) {
  return (
    <div>
      <p>
        <Link to="/$environment/release/$number" params={{ environment: name, number: String(number) }}>
          Release {number}
        </Link>
        , by {by}, <Time at={createdAt} />
      </p>
      {note !== '' && <p className="environments-note">{note}</p>}
      <p className="hint">{source}</p>
    </div>
  );
}

/** What stands in the definition and does not run. */
function Drift({
  environment: { drift },
  onUp,
}: {
  readonly environment: EnvironmentView;
  readonly onUp: () => void;
}) {
  const access = useAccess();
  if (drift === null) return <p className="hint">Nobody has compared it with its declaration yet.</p>;
  if (drift.differences.length === 0)
    return (
      <p className="hint">
        It runs as declared, looked at <Time at={drift.lookedAt} />.
      </p>
    );
  return (
    <div className="environments-drift">
      <State tone="warn">Not as declared</State>
      <ul>
        {drift.differences.slice(0, shown).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      {drift.differences.length > shown && (
        <p className="hint">and {drift.differences.length - shown} more</p>
      )}
      <div className="actions">
        <Button whyNot={access.whyNot('deploy')} onClick={onUp}>
          Bring it to what is declared
        </Button>
      </div>
    </div>
  );
}

const shown = 5;
