import { useState } from 'react';
import type { RecoveryView } from '#api/browser';
import {
  bytesText,
  Button,
  type Column,
  count,
  Empty,
  Section,
  Select,
  State,
  Table,
  Time,
} from '../../kit/index.ts';

type Copy = RecoveryView['copies'][number];

const few = 6;

/** Every copy that could be used, the newest first. */
export function Copies({ of: { copies, holds, stores } }: { readonly of: RecoveryView }) {
  const [store, setStore] = useState('');
  const [showsAll, setShowsAll] = useState(false);
  const wanted = copies.filter(({ of }) => store === '' || of === store);
  const rows = showsAll ? wanted : wanted.slice(0, few);
  const isHeld = (copy: Copy) =>
    holds.some((hold) => hold.of === copy.of && (hold.copy === null || hold.copy === copy.id));
  return (
    <Section
      title="Copies"
      about="Each was read back from where it lies and found whole before it was noted."
      actions={
        stores.length > 1 && copies.length > 0 ? (
          <Select
            label="Of which store"
            bare
            value={store}
            options={[['', 'of all stores'], ...stores.map((each) => [each.store, each.store] as const)]}
            onChange={setStore}
          />
        ) : undefined
      }
    >
      {rows.length === 0 ? (
        <Empty title="There is no copy yet.">
          <p>“Back up now” makes the first one; what is declared under backup makes them by itself.</p>
        </Empty>
      ) : (
        <Table
          early
          caption="Copies"
          columns={columnsOf(isHeld)}
          rows={rows}
          keyOf={(copy) => `${copy.of}/${copy.id}`}
        />
      )}
      {wanted.length > few && (
        <div className="recovery-more">
          <Button kind="quiet" onClick={() => setShowsAll(!showsAll)}>
            {showsAll ? `Only the newest ${few}` : `All ${count(wanted.length)}`}
          </Button>
        </div>
      )}
    </Section>
  );
}

const columnsOf = (isHeld: (copy: Copy) => boolean): readonly Column<Copy>[] => [
  { name: 'Store', cell: ({ of }) => of },
  {
    name: 'Content of',
    cell: ({ until }) => (
      <span className="recovery-short">
        <Time at={until} as="day" />
      </span>
    ),
  },
  { name: 'Copy', cell: ({ id }) => <code className="recovery-id">{id}</code>, wide: true },
  { name: 'Why', cell: ({ why }) => <span className="recovery-short">{why}</span> },
  { name: 'Size', cell: ({ bytes }) => bytesText(bytes), figures: true },
  {
    name: 'Stored',
    cell: ({ parts }) => bytesText(parts.reduce((sum, { stored }) => sum + stored, 0)),
    figures: true,
  },
  {
    name: 'Read back',
    cell: ({ verifiedAt }) => (
      <span className="recovery-short">
        <State tone="good">
          <Time at={verifiedAt} />
        </State>
      </span>
    ),
  },
  {
    name: 'Held',
    cell: (copy) =>
      isHeld(copy) ? <b className="recovery-held">held</b> : <span className="recovery-none">–</span>,
  },
];
