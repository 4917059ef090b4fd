import { useState } from 'react';
import type { RecoveryView } from '#api/browser';
import { call, refresh, useAccess } from '../../data/index.ts';
import {
  announce,
  Button,
  type Column,
  Confirm,
  Field,
  quoted,
  Section,
  Select,
  Table,
  Time,
} from '../../kit/index.ts';

type Hold = RecoveryView['holds'][number];

interface HoldsProps {
  readonly of: RecoveryView;
  readonly environment: string;
}

/** Copies that are kept whatever their age, and why. */
export function Holds({ of: { holds, stores }, environment }: HoldsProps) {
  const [isAdding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Hold | null>(null);
  const { whyNot } = useAccess();
  const copied = stores.filter(({ copies }) => copies > 0).map(({ store }) => store);
  return (
    <Section
      title="Holds"
      about="Copies that are kept whatever their age, for an audit or a lawsuit."
      actions={
        <Button
          whyNot={whyNot('administer') ?? (copied.length === 0 ? 'There is no copy to hold.' : null)}
          onClick={() => setAdding(true)}
        >
          Hold copies
        </Button>
      }
    >
      {holds.length === 0 ? (
        <p className="recovery-quiet">Nothing is held: copies go when their time is over.</p>
      ) : (
        <Table
          caption="Holds"
          columns={columnsOf(setEnding, whyNot('administer'))}
          rows={holds}
          keyOf={({ id }) => id}
        />
      )}
      {isAdding && <NewHold stores={copied} environment={environment} onClose={() => setAdding(false)} />}
      {ending !== null && (
        <Confirm
          title="End this hold?"
          consequence={
            <p>
              Copies of {ending.of} whose time is over are deleted at the next cleaning. It was held for:{' '}
              {ending.reason}
            </p>
          }
          line={() => `fairway hold --env ${quoted(environment)} --release ${quoted(ending.id)}`}
          action="End the hold"
          danger
          note={false}
          run={async () => {
            const params = { environment, id: ending.id };
            await call('DELETE /v1/environments/{environment}/recovery/holds/{id}', { params });
            announce('The hold is ended.');
            refresh(environment);
          }}
          onClose={() => setEnding(null)}
        />
      )}
    </Section>
  );
}

const columnsOf = (end: (hold: Hold) => void, whyNot: string | null): readonly Column<Hold>[] => [
  { name: 'Why', cell: ({ reason }) => reason, wide: true },
  { name: 'Copies', cell: ({ of, copy }) => (copy === null ? `all of ${of}` : `${copy} of ${of}`) },
  { name: 'By', cell: ({ by }) => by },
  { name: 'Since', cell: ({ at }) => <Time at={at} as="day" /> },
  {
    name: 'End',
    cell: (hold) => (
      <span className="recovery-cell-button">
        <Button kind="quiet" whyNot={whyNot} label={`End the hold of ${hold.of}`} onClick={() => end(hold)}>
          End
        </Button>
      </span>
    ),
  },
];

interface NewHoldProps {
  readonly stores: readonly string[];
  readonly environment: string;
  readonly onClose: () => void;
}

function NewHold({ stores, environment, onClose }: NewHoldProps) {
  const [store, setStore] = useState(stores[0] ?? '');
  const [reason, setReason] = useState('');
  return (
    <Confirm
      title="Hold copies"
      consequence={
        <p>Every copy of the store stays until the hold is ended, also those that are made from now on.</p>
      }
      line={() =>
        `fairway hold --env ${quoted(environment)} --store ${quoted(store)} --reason ${reason === '' ? 'WHY' : quoted(reason)}`
      }
      action="Hold them"
      note={false}
      whyNot={reason.trim() === '' ? 'Say why, for whoever finds the hold in a year.' : null}
      run={async () => {
        const body = { of: store, reason: reason.trim() };
        await call('POST /v1/environments/{environment}/recovery/holds', { params: { environment }, body });
        announce('The copies are held.');
        refresh(environment);
      }}
      onClose={onClose}
    >
      <Select
        label="Store"
        value={store}
        options={stores.map((name) => [name, name] as const)}
        onChange={setStore}
      />
      <Field label="Why" value={reason} onChange={setReason} required maxLength={500} />
    </Confirm>
  );
}
