import { useState } from 'react';
import type { HistoryItem, PlanView, StatusView } from '#api/browser';
import { call, refresh, useAccess, useAnswer } from '../../data/index.ts';
import { announce, Answer, Button, Confirm, listText, quoted, Select } from '../../kit/index.ts';

interface BeginProps {
  readonly status: StatusView;
  readonly history: readonly HistoryItem[];
}

/** The ways to begin: a new release, or back to one from before. */
export function Begin({ status, history }: BeginProps) {
  const { environment } = status;
  const [asked, ask] = useState<'release' | 'back' | null>(null);
  const { whyNot } = useAccess();
  const reachable = history.filter((item) => item.reachable);
  const noWayBack = reachable.length === 0 ? 'No earlier release can be gone back to.' : null;
  const close = () => ask(null);
  return (
    <>
      <Button icon="back" whyNot={whyNot('deploy') ?? noWayBack} onClick={() => ask('back')}>
        Go back
      </Button>
      <Button icon="release" kind="main" whyNot={whyNot('deploy')} onClick={() => ask('release')}>
        Release
      </Button>
      {asked === 'release' && <NewRelease environment={environment} onClose={close} />}
      {asked === 'back' && <GoBack status={status} reachable={reachable} onClose={close} />}
    </>
  );
}

const withNote = (line: string, note: string) => (note === '' ? line : `${line} --note ${quoted(note)}`);

function NewRelease({
  environment,
  onClose,
}: {
  readonly environment: string;
  readonly onClose: () => void;
}) {
  const params = { environment };
  const plan = useAnswer('GET /v1/environments/{environment}/plan', { params });
  return (
    <Confirm
      title={`Release to ${environment}?`}
      consequence={
        <Answer of={plan} lines={4}>
          {(all) => <PlanWords plan={all} />}
        </Answer>
      }
      line={(note) => withNote(`fairway release --env ${environment}`, note)}
      action="Release"
      run={async (note) => {
        await call('POST /v1/environments/{environment}/releases', { params, body: { note } });
        announce('The release is accepted.');
        refresh(environment);
      }}
      onClose={onClose}
    />
  );
}

function PlanWords({ plan: { services, stages, wayBack } }: { readonly plan: PlanView }) {
  const of = (change: PlanView['services'][number]['change']) =>
    services.filter((service) => service.change === change).map(({ name }) => name);
  const parts = [
    ...changed(of('create'), 'is new', 'are new'),
    ...changed(of('change'), 'changes', 'change'),
    ...changed(of('remove'), 'is removed', 'are removed'),
  ];
  return (
    <>
      <p>
        {parts.length === 0
          ? 'The system’s folder holds what runs already: nothing would change.'
          : `${listText(parts)}. What lies in the system’s folder now is what is released.`}
      </p>
      {parts.length > 0 && stages.length > 0 && (
        <ol className="release-needs">
          {stages.map(({ name, sentence }) => (
            <li key={name}>{sentence}</li>
          ))}
        </ol>
      )}
      {parts.length > 0 && wayBack.map((each) => <p key={each}>{each}</p>)}
    </>
  );
}

const changed = (names: readonly string[], one: string, many: string) =>
  names.length === 0 ? [] : [`${listText(names)} ${names.length === 1 ? one : many}`];

interface GoBackProps {
  readonly status: StatusView;
  readonly reachable: readonly HistoryItem[];
  readonly onClose: () => void;
}

export function GoBack({ status: { environment, release }, reachable, onClose }: GoBackProps) {
  const [to, setTo] = useState(String(reachable[0]?.release ?? ''));
  const target = reachable.find((item) => String(item.release) === to);
  const params = { environment };
  return (
    <Confirm
      title={`Go back to release ${to}?`}
      consequence={
        <>
          <p>
            {release === null ? 'Everything' : `Release ${release.number} is drained and stopped; everything`}{' '}
            in {environment} runs as it did in release {to} again
            {target?.warm === true ? ', whose replicas are still warm: it takes seconds' : ''}.
          </p>
          <p>
            Afterwards nothing rolls forward by itself until somebody releases again. Data stay as they are.
          </p>
        </>
      }
      line={(note) => withNote(`fairway rollback --to ${to} --env ${environment}`, note)}
      action="Go back"
      danger
      run={async (note) => {
        await call('POST /v1/environments/{environment}/rollback', {
          params,
          body: { note, to: Number(to) },
        });
        announce('Going back is accepted.');
        refresh(environment);
      }}
      onClose={onClose}
    >
      {reachable.length > 1 && (
        <Select
          label="Back to"
          value={to}
          options={reachable.map((item) => [
            String(item.release),
            `release ${item.release}${item.note === '' ? '' : `: ${item.note}`}${item.warm ? ' (warm)' : ''}`,
          ])}
          onChange={setTo}
        />
      )}
    </Confirm>
  );
}
