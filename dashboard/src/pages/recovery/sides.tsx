import { useState } from 'react';
import { timeSpan, type RecoveryView, type SideView } from '#api/browser';
import { useAccess } from '../../data/index.ts';
import { Button, CodeLine, Confirm, count, Facts, quoted, Section, Time } from '../../kit/index.ts';
import type { Work } from './operation.tsx';

interface SidesProps {
  readonly of: RecoveryView;
  readonly environment: string;
  readonly work: Work;
}

/** Stores that were restored beside the running ones, to look into. */
export function Sides({ of: { sides }, environment, work }: SidesProps) {
  const [removing, setRemoving] = useState<SideView | null>(null);
  const { whyNot } = useAccess();
  if (sides.length === 0) return null;
  const env = quoted(environment);
  return (
    <Section
      title="Restored beside"
      about="They run next to the real ones and nothing uses them. Putting one in the place of the running store is done in a terminal, step by step."
    >
      <div className="recovery-sides">
        {sides.map((side) => (
          <div key={side.id} className="recovery-side">
            <div className="recovery-bound-head">
              <h3>{side.store}</h3>
              <Button
                kind="danger"
                whyNot={whyNot('administer') ?? work.whyNot}
                label={`Remove ${side.id}`}
                onClick={() => setRemoving(side)}
              >
                Remove
              </Button>
            </div>
            <Facts
              of={[
                [
                  'State of',
                  side.reached === null ? 'the copy' : <Time key="at" at={side.reached} as="day" />,
                ],
                [
                  'Restored',
                  <span key="done">
                    <Time at={side.restoredAt} />, in {timeSpan(side.tookMillis)}
                  </span>,
                ],
                ['Not in it', lostText(side)],
                ['Address', <code key="address">{side.address}</code>],
                [
                  'From',
                  <code key="copy" className="recovery-id">
                    {side.copy}
                  </code>,
                ],
              ]}
            />
            <span className="hint">To log in to it</span>
            <CodeLine>{`fairway restore --env ${env} --login ${quoted(side.id)}`}</CodeLine>
            <span className="hint">To put it in the place of the running one</span>
            <CodeLine>{`fairway restore --env ${env} --use ${quoted(side.id)}`}</CodeLine>
          </div>
        ))}
      </div>
      {removing !== null && (
        <Confirm
          title={`Remove the restored ${removing.store}?`}
          consequence={
            <p>
              It is stopped and its files are deleted. The running store and the copies stay as they are; it
              can be restored again.
            </p>
          }
          line={() => `fairway restore --env ${env} --discard ${quoted(removing.id)}`}
          action="Remove it"
          danger
          run={(note) => work.begin({ kind: 'discard', side: removing.id, note })}
          onClose={() => setRemoving(null)}
        />
      )}
    </Section>
  );
}

function lostText({ lost: { transactions, exact, detail } }: SideView): string {
  if (transactions === null) return detail === '' ? 'not known' : detail;
  if (transactions === 0) return 'nothing is missing';
  const amount = `${exact ? '' : 'about '}${count(transactions)} ${transactions === 1 ? 'transaction' : 'transactions'}`;
  return detail === '' ? amount : `${amount}: ${detail}`;
}
