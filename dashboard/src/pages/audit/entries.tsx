import { Link } from '@tanstack/react-router';
import type { AuditView } from '#api/browser';
import { type Column, Table, Time } from '../../kit/index.ts';

const columns: readonly Column<AuditView>[] = [
  {
    name: 'What',
    wide: true,
    heads: true,
    cell: ({ sentence, note }) => (
      <div className="audit-what">
        <span>{sentence}</span>
        {note !== '' && !sentence.includes(note) && <q>{note}</q>}
      </div>
    ),
  },
  { name: 'Who', cell: ({ by }) => <span className="audit-who">{by}</span> },
  { name: 'When', cell: ({ at }) => <Time at={at} as="day" /> },
  { name: 'Where', cell: ({ environment }) => environment ?? 'everywhere' },
  {
    name: 'Release',
    cell: ({ environment, release }) =>
      release === null || environment === null ? (
        <span className="audit-none">–</span>
      ) : (
        <Link to="/$environment/release/$number" params={{ environment, number: String(release) }}>
          {release}
        </Link>
      ),
    figures: true,
  },
  {
    name: 'Entry',
    cell: ({ sequence, hash }) => (
      <span className="audit-entry" title={`entry ${sequence}, SHA-256 ${hash}`}>
        {sequence} <code>{hash.slice(0, 8)}</code>
      </span>
    ),
  },
];

export function Entries({ of }: { readonly of: readonly AuditView[] }) {
  return (
    <Table
      caption="Who did what"
      columns={columns}
      rows={of}
      keyOf={({ hash, sequence, at }) => `${hash}/${sequence}/${at}`}
    />
  );
}
