import type { EnvironmentView } from '#api/browser';
import { call, refresh, useAnswer } from '../../data/index.ts';
import { announce, Confirm, listText, quoted, Switch } from '../../kit/index.ts';
import { useState } from 'react';

interface PromoteProps {
  readonly from: EnvironmentView;
  readonly to: EnvironmentView;
  readonly onClose: () => void;
}

/** Says what changes in the next environment, and how users will meet it there. */
export function Promote({ from, to, onClose }: PromoteProps) {
  const environment = to.name;
  const system = useAnswer('GET /v1/environments/{environment}/system', { params: { environment } });
  const ahead = from.ahead ?? [];
  const changing = (system.data?.services ?? []).filter(({ name }) => ahead.includes(name));
  const drift = to.drift?.differences ?? [];
  // What was looked at is promoted, also where something newer is released in between.
  const number = from.release?.number ?? null;
  const source = number === null ? from.name : `${from.name}@${number}`;
  return (
    <Confirm
      title={`Promote ${from.name} to ${to.name}`}
      action={`Promote to ${to.name}`}
      consequence={
        <>
          <p>
            {ahead.length === 0
              ? `${to.name} gets what ${source} runs.`
              : `${to.name} gets ${listText(ahead)} as ${ahead.length === 1 ? 'it runs' : 'they run'} in ${source}: the same builds, with the variables and sizes that ${to.name} declares. Nothing is built.`}
          </p>
          {changing.length > 0 && (
            <div>
              <p>
                It is rolled out as {to.name} declares it, with the approvals and windows that hold there:
              </p>
              <ul className="environments-lines">
                {changing.map(({ name, strategy }) => (
                  <li key={name}>
                    {name}, {strategy}
                  </li>
                ))}
              </ul>
            </div>
          )}
          {drift.length > 0 && (
            <div>
              <p>What is declared there and does not run yet goes with it:</p>
              <ul className="environments-lines">
                {drift.map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ul>
            </div>
          )}
          {to.rollout !== null && (
            <p>Release {to.rollout.release} is under way there; this one waits until it is over.</p>
          )}
        </>
      }
      line={(note) => `fairway release --promote ${quoted(source)} --env ${quoted(to.name)}${noteText(note)}`}
      run={async (note) => {
        await call('POST /v1/environments/{environment}/promotions', {
          params: { environment },
          body: { from: from.name, release: number, note },
        });
        refresh(environment);
        announce(`${from.name} is being promoted to ${to.name}.`);
      }}
      onClose={onClose}
    />
  );
}

interface OneProps {
  readonly environment: EnvironmentView;
  readonly onClose: () => void;
}

export function Up({ environment: { name, status, drift }, onClose }: OneProps) {
  const differences = drift?.differences ?? [];
  return (
    <Confirm
      title={status === 'down' ? `Bring ${name} up` : `Bring ${name} to what is declared`}
      action={status === 'down' ? 'Bring it up' : 'Bring it there'}
      consequence={
        <p>
          {status === 'down'
            ? `Its stores are started first, then its services as they are declared now. What its stores hold is as it was.`
            : `What is declared now is released and rolled out: ${differences.length === 1 ? 'one difference' : `${differences.length} differences`} from what runs.`}
        </p>
      }
      line={(note) => `fairway up --env ${quoted(name)}${noteText(note)}`}
      run={async (note) => {
        await call('POST /v1/environments/{environment}/up', {
          params: { environment: name },
          body: { note },
        });
        refresh(name);
        announce(`${name} is being brought up.`);
      }}
      onClose={onClose}
    />
  );
}

export function Down({ environment: { name }, onClose }: OneProps) {
  const [erases, setErases] = useState(false);
  return (
    <Confirm
      title={`Stop ${name}`}
      action={erases ? 'Stop it and erase its data' : 'Stop it'}
      danger
      consequence={
        <>
          <p>
            All services of {name} end, after the requests under way. Whoever uses it gets no answer until it
            is brought up again.
          </p>
          <p>
            {erases
              ? 'What its stores hold is deleted for good; copies stay where they are.'
              : 'What its stores hold is kept.'}
          </p>
        </>
      }
      line={(note) => `fairway down --env ${quoted(name)}${erases ? ' --erase' : ''}${noteText(note)}`}
      run={async (note) => {
        await call('POST /v1/environments/{environment}/down', {
          params: { environment: name },
          body: { erase: erases, note },
        });
        refresh(name);
        announce(`${name} is being stopped.`);
      }}
      onClose={onClose}
    >
      <Switch label="Erase what its stores hold as well" checked={erases} onChange={setErases} />
    </Confirm>
  );
}

const noteText = (note: string) => (note === '' ? '' : ` --note ${quoted(note)}`);
