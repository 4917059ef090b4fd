import { useState } from 'react';
import { timeSpan, type RecoveryView, type StoreSafetyView } from '#api/browser';
import { useAccess } from '../../data/index.ts';
import { bytesText, Button, count, Empty, Facts, Section, State, Time, type Tone } from '../../kit/index.ts';
import type { Work } from './operation.tsx';
import { Restore } from './restore.tsx';
import { TimeBar } from './time-bar.tsx';

interface StoresProps {
  readonly of: RecoveryView;
  readonly environment: string;
  readonly work: Work;
}

/** How safe each store is: what is there, what can be brought back, what would be lost now. */
export function Stores({ of, environment, work }: StoresProps) {
  const [restoring, setRestoring] = useState<StoreSafetyView | null>(null);
  if (of.stores.length === 0)
    return (
      <Section title="Stores">
        <Empty title="No store is declared here.">
          <p>Databases, queues and buckets that are declared under stores are shown here.</p>
        </Empty>
      </Section>
    );
  return (
    <Section title="Stores" bare>
      <div className="recovery-stores">
        {of.stores.map((store) => (
          <StoreCard key={store.store} of={of} store={store} onRestore={() => setRestoring(store)} />
        ))}
      </div>
      {restoring !== null && (
        <Restore
          store={restoring}
          copies={of.copies.filter(({ of: name }) => name === restoring.store)}
          environment={environment}
          work={work}
          onClose={() => setRestoring(null)}
        />
      )}
    </Section>
  );
}

interface CardProps {
  readonly of: RecoveryView;
  readonly store: StoreSafetyView;
  readonly onRestore: () => void;
}

function StoreCard({ of, store, onRestore }: CardProps) {
  const { whyNot } = useAccess();
  const { tone, word } = standingOf(store);
  // What Fairway itself keeps comes back with the machine: "fairway recover machine-lost".
  const isOwn = store.kind === 'fairway';
  const why =
    whyNot('administer') ?? (store.copies === 0 ? 'There is no copy that could be restored.' : null);
  return (
    <article className="recovery-store" aria-label={store.store}>
      <header>
        <div>
          <h3>{store.store}</h3>
          <span>{isOwn ? 'journal and secrets of Fairway' : store.kind}</span>
        </div>
        <State tone={tone}>{word}</State>
      </header>
      {store.warnings.length > 0 && (
        <ul className="recovery-warnings">
          {store.warnings.map(({ code, sentence, severity }) => (
            <li key={code} data-tone={severity === 'error' ? 'bad' : 'warn'}>
              {sentence}
            </li>
          ))}
        </ul>
      )}
      <TimeBar store={store} copies={of.copies.filter(({ of: name }) => name === store.store)} />
      <Facts
        of={[
          ['Newest copy', store.newest === null ? 'none' : <Time key="newest" at={store.newest} />],
          [
            'Would be lost now',
            <AtRisk key="risk" store={store} declared={of.bounds?.rpo.declared ?? null} />,
          ],
          ['Log', <Log key="log" log={store.log} />],
          ['Copies', `${count(store.copies)}, ${bytesText(store.bytes)}`],
        ]}
      />
      {!isOwn && (
        <div className="actions">
          <Button whyNot={why} onClick={onRestore}>
            Restore beside
          </Button>
        </div>
      )}
    </article>
  );
}

function standingOf({ warnings, declared, copies }: StoreSafetyView): {
  readonly tone: Tone;
  readonly word: string;
} {
  if (warnings.some(({ severity }) => severity === 'error')) return { tone: 'bad', word: 'at risk' };
  if (warnings.length > 0) return { tone: 'warn', word: 'look at it' };
  if (copies === 0) return { tone: declared ? 'bad' : 'quiet', word: declared ? 'no copy' : 'not copied' };
  return { tone: 'good', word: 'safe' };
}

function AtRisk({ store, declared }: { readonly store: StoreSafetyView; readonly declared: string | null }) {
  if (store.atRisk === null) return <State tone={store.declared ? 'bad' : 'quiet'}>everything</State>;
  const isOver = store.warnings.some(({ code }) => code === 'recovery_rpo_at_risk');
  const bound = declared === null ? '' : `; the bound is ${declared.replace('<', 'less than ')}`;
  return (
    <span>
      {isOver ? (
        <State tone="bad">the last {timeSpan(store.atRisk)}</State>
      ) : (
        <>the last {timeSpan(store.atRisk)}</>
      )}
      <span className="hint">{bound}</span>
    </span>
  );
}

function Log({ log }: Pick<StoreSafetyView, 'log'>) {
  if (log === null) return <>none: only whole copies come back</>;
  if (log.failing !== null) return <State tone="bad">not handed over: {log.failing}</State>;
  if (!log.on) return <State tone="warn">off</State>;
  return (
    <>
      handed over
      {log.waiting > 0 ? `, ${count(log.waiting)} ${log.waiting === 1 ? 'piece waits' : 'pieces wait'}` : ''}
    </>
  );
}
