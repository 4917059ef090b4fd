import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { HistoryItem } from '#api/browser';
import { useAccess, useNow } from '../../data/index.ts';
import { Button, type Column, count, percentText, State, Table, Time } from '../../kit/index.ts';
import { metText, outcomeOf } from './words.ts';

interface ReleasesProps {
  readonly environment: string;
  readonly items: readonly HistoryItem[];
  readonly picked: readonly number[];
  readonly onPick: (release: number) => void;
  readonly onBack: (item: HistoryItem) => void;
  /** Why nobody can go back now; null: one can. */
  readonly whyNotBack: string | null;
}

/** Drawn again only when something of it is another: while somebody types in the search, the rows wait for the last letter. */
export const Releases = memo(function Releases(props: ReleasesProps) {
  const { environment, items, picked, onPick, onBack, whyNotBack } = props;
  const access = useAccess();
  const now = useNow(60_000);
  const columns: readonly Column<HistoryItem>[] = [
    {
      name: 'Release',
      cell: (item) => (
        <Name
          environment={environment}
          item={item}
          isPicked={picked.includes(item.release)}
          onPick={onPick}
        />
      ),
    },
    { name: 'Outcome', cell: (item) => <Outcome item={item} /> },
    { name: 'What happened', cell: (item) => <Story item={item} />, wide: true },
    {
      name: 'When',
      cell: ({ createdAt, by }) => (
        <span className="history-two">
          <Time at={createdAt} as="day" />
          <span className="hint">{by}</span>
        </span>
      ),
    },
    { name: 'Users met it', cell: (item) => <Met item={item} now={now} /> },
    {
      name: 'Go back',
      cell: (item) =>
        item.reachable ? (
          <Button icon="back" whyNot={access.whyNot('deploy') ?? whyNotBack} onClick={() => onBack(item)}>
            Go back to {item.release}
          </Button>
        ) : null,
    },
  ];
  return (
    <Table
      caption="Releases"
      early
      columns={columns}
      rows={items}
      keyOf={({ release }) => release}
      isCurrent={({ current }) => current}
    />
  );
});

interface NameProps {
  readonly environment: string;
  readonly item: HistoryItem;
  readonly isPicked: boolean;
  readonly onPick: (release: number) => void;
}

function Name({ environment, item: { release }, isPicked, onPick }: NameProps) {
  return (
    <span className="history-name">
      <label className="history-pick" title={`Compare release ${release}`}>
        <input type="checkbox" value={release} checked={isPicked} onChange={() => onPick(release)} />
        <span className="hidden-text">Compare release {release}</span>
      </label>
      <Link to="/$environment/release/$number" params={{ environment, number: String(release) }}>
        {release}
      </Link>
    </span>
  );
}

function Outcome({ item }: { readonly item: HistoryItem }) {
  const { tone, word } = outcomeOf(item);
  return (
    <span className="history-two">
      <State tone={tone}>{word}</State>
      {item.current && <span className="hint">serves now</span>}
      {item.warm && <span className="hint">still warm</span>}
    </span>
  );
}

function Story({ item: { note, because, source } }: { readonly item: HistoryItem }) {
  return (
    <span className="history-two history-story">
      {note !== '' && <span>{note}</span>}
      {because !== null && <span className="history-cause">{because}</span>}
      <span className="hint">{source}</span>
    </span>
  );
}

function Met({ item, now }: { readonly item: HistoryItem; readonly now: number }) {
  const last = item.rollouts.find(({ manner }) => manner !== 'contract');
  if (last === undefined) return <span className="hint">no user met it</span>;
  const { requests, failures, exposure } = last;
  return (
    <span className="history-two history-met">
      <span>{metText(exposure, now)}</span>
      {requests > 0 && (
        <span className="hint">
          {count(failures)} of {count(requests)} failed ({percentText(failures / requests)})
        </span>
      )}
    </span>
  );
}
