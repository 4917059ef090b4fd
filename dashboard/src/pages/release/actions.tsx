import { useState } from 'react';
import type { RolloutView, StatusView } from '#api/browser';
import { call, refresh, useAccess } from '../../data/index.ts';
import { announce, Button, Confirm, Field, type IconName, quoted } from '../../kit/index.ts';

interface Props {
  readonly status: StatusView;
  readonly rollout: RolloutView;
}

type Deed = 'abort' | 'promote' | 'pause' | 'resume' | 'approve';

const buttons: Readonly<Record<Deed, { readonly text: string; readonly icon: IconName }>> = {
  approve: { text: 'Approve', icon: 'done' },
  resume: { text: 'Resume', icon: 'play' },
  pause: { text: 'Pause', icon: 'pause' },
  promote: { text: 'Go on now', icon: 'forward' },
  abort: { text: 'Take it back', icon: 'back' },
};

/** What is allowed now, each with what follows from it. */
export function Actions({ status, rollout }: Props) {
  const [asked, ask] = useState<Deed | null>(null);
  const access = useAccess();
  const deeds = (['approve', 'resume', 'pause', 'promote', 'abort'] as const).filter(
    (deed) => rollout.can[deed],
  );
  return (
    <>
      {deeds.map((deed) => (
        <Button
          key={deed}
          icon={buttons[deed].icon}
          kind={deed === 'abort' ? 'danger' : deed === 'approve' || deed === 'resume' ? 'main' : 'plain'}
          whyNot={deed === 'approve' ? access.whyNotAs(roleOf(rollout)) : access.whyNot('deploy')}
          onClick={() => ask(deed)}
        >
          {buttons[deed].text}
        </Button>
      ))}
      {asked !== null && <Asked deed={asked} status={status} rollout={rollout} onClose={() => ask(null)} />}
    </>
  );
}

function Asked({
  deed,
  status,
  rollout,
  onClose,
}: Props & { readonly deed: Deed; readonly onClose: () => void }) {
  const { environment } = status;
  const [role, setRole] = useState(() => roleOf(rollout));
  const line = (note: string) =>
    [
      'fairway',
      deed,
      ...(deed === 'approve' ? ['--as', quoted(role)] : []),
      '--env',
      environment,
      ...(note === '' ? [] : ['--note', quoted(note)]),
    ].join(' ');
  const run = async (note: string) => {
    const params = { environment };
    if (deed === 'approve')
      await call('POST /v1/environments/{environment}/approve', { params, body: { note, role } });
    else await call(`POST /v1/environments/{environment}/${deed}`, { params, body: { note } });
    announce(`${buttons[deed].text}: accepted.`);
    refresh(environment);
  };
  const words = wordsFor(deed, rollout);
  return (
    <Confirm
      title={words.title}
      consequence={words.consequence.map((each) => <p key={each}>{each}</p>)}
      line={line}
      action={buttons[deed].text}
      danger={deed === 'abort'}
      run={run}
      onClose={onClose}
    >
      {deed === 'approve' && (
        <Field label="As" value={role} onChange={setRole} required hint="The role in which you agree." />
      )}
    </Confirm>
  );
}

function wordsFor(deed: Deed, { release, from, waitsFor, stage }: RolloutView) {
  const before = from === null ? 'what was there before' : `release ${from}`;
  switch (deed) {
    case 'abort':
      return {
        title: `Take release ${release} back?`,
        consequence: [
          `All traffic goes back to ${before}, then the new replicas are drained and stopped. Requests that are under way are finished.`,
          `Afterwards the environment stays at ${before} until somebody releases again.`,
        ],
      };
    case 'promote':
      return {
        title: `Let release ${release} go on now?`,
        consequence: [
          `The present step${stage === null ? '' : ` (${stage})`} ends at once, without waiting for its time or for more evidence: you vouch for it.`,
          'Safety rules go on: the release is still taken back where harm is seen.',
        ],
      };
    case 'pause':
      return {
        title: `Pause release ${release}?`,
        consequence: [
          'It stays where it is, with the shares as they are, until somebody resumes it.',
          'Safety rules go on: it is taken back where harm is seen.',
        ],
      };
    case 'resume':
      return { title: `Resume release ${release}?`, consequence: ['It goes on from where it stands.'] };
    case 'approve':
      return {
        title: `Approve release ${release}?`,
        consequence: [
          waitsFor === null
            ? 'It goes on once all have agreed who must.'
            : `It waits for ${waitsFor.sentence}.`,
          'Your name and role are kept in the journal.',
        ],
      };
  }
}

/** `approval by release manager: 1 of 2 …` or `fairway approve --as "release manager"` → `release manager`. */
function roleOf({ waitsFor }: RolloutView): string {
  const command = waitsFor?.commands.find((each) => each.includes('--as')) ?? '';
  return (
    /--as (?:"([^"]+)"|'([^']+)'|(\S+))/
      .exec(command)
      ?.slice(1)
      .find((each) => each !== undefined) ?? ''
  );
}
