import { useState } from 'react';
import { useAccess } from '../../data/index.ts';
import { Button, Confirm, quoted } from '../../kit/index.ts';
import type { Work } from './operation.tsx';

interface StartProps {
  readonly environment: string;
  readonly work: Work;
}

/** Copies and drills are begun here; both leave what runs alone. */
export function Start({ environment, work }: StartProps) {
  const [asked, setAsked] = useState<'backup' | 'drill' | null>(null);
  const { whyNot } = useAccess();
  const why = whyNot('deploy') ?? work.whyNot;
  const noteOf = (note: string) => (note === '' ? '' : ` --note ${quoted(note)}`);
  const close = () => setAsked(null);
  return (
    <>
      <Button whyNot={why} onClick={() => setAsked('drill')}>
        Drill now
      </Button>
      <Button kind="main" whyNot={why} onClick={() => setAsked('backup')}>
        Back up now
      </Button>
      {asked === 'backup' && (
        <Confirm
          title={`Back up ${environment} now?`}
          consequence={
            <p>
              A copy of every declared store is made, encrypted, put away and read back. Services go on; they
              may be a little slower meanwhile.
            </p>
          }
          line={(note) => `fairway backup --env ${quoted(environment)}${noteOf(note)}`}
          action="Back up now"
          run={(note) => work.begin({ kind: 'backup', note })}
          onClose={close}
        />
      )}
      {asked === 'drill' && (
        <Confirm
          title={`Drill a recovery of ${environment}?`}
          consequence={
            <>
              <p>
                A second system is brought up from the copies alone, read whole, and run through the checks;
                then it is removed. That measures RTO and RPO.
              </p>
              <p>What runs is not touched, but the machine has more to do, for some minutes.</p>
            </>
          }
          line={(note) => `fairway drill --env ${quoted(environment)}${noteOf(note)}`}
          action="Drill now"
          run={(note) => work.begin({ kind: 'drill', note })}
          onClose={close}
        />
      )}
    </>
  );
}
