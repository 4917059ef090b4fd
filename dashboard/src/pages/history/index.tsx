import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useDeferredValue, useMemo, useRef, useState } from 'react';
import type { HistoryItem } from '#api/browser';
import { useAnswer, useEnvironment } from '../../data/index.ts';
import { Answer, Button, Empty, Field, PageHead, Section, Tabs } from '../../kit/index.ts';
import { Compare } from './compare.tsx';
import { GoBack } from './go-back.tsx';
import { Releases } from './releases.tsx';
import { type Kind, kindOf, kindWords, summaryOf, textOf, whyNotBackOf } from './words.ts';
import './history.css';

export function Page() {
  const environment = useEnvironment();
  const history = useAnswer('GET /v1/environments/{environment}/history', { params: { environment } });
  return (
    <div className="page">
      <PageHead title="History">
        {history.data === undefined
          ? 'Releases and how they ended, the newest first.'
          : summaryOf(history.data)}
      </PageHead>
      <Answer of={history} lines={16}>
        {(items) =>
          items.length === 0 ? (
            <Empty title="There is no release yet.">
              <p>
                The first one is made by "fairway up --env {environment}", or with "Bring it up" on the page
                Environments. Every release stays in this list, with its cause where it did not go well.
              </p>
            </Empty>
          ) : (
            <History environment={environment} items={items} />
          )
        }
      </Answer>
    </div>
  );
}

interface HistoryProps {
  readonly environment: string;
  readonly items: readonly HistoryItem[];
}

/** So many are shown at first, and more each time they are asked for: a thousand would take a slow phone a second. */
const step = 50;

function History({ environment, items }: HistoryProps) {
  const [kind, setKind] = useState<Kind | 'all'>('all');
  const [text, setText] = useState('');
  const [more, setMore] = useState({ of: '', rows: step });
  const list = useRef<HTMLDivElement>(null);
  const [back, setBack] = useState<HistoryItem | null>(null);
  const { picked, pick, compare, chosen } = usePicked();
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const texts = useMemo(() => items.map(textOf), [items]);
  const found = useMemo(
    () =>
      items.filter(
        (item, at) => (kind === 'all' || kindOf(item) === kind) && texts[at]?.includes(wanted) === true,
      ),
    [items, texts, kind, wanted],
  );
  // Another search begins with few again.
  const search = `${kind} ${wanted}`;
  const most = more.of === search ? more.rows : step;
  const shown = useMemo(() => found.slice(0, most), [found, most]);
  // What is pressed here goes away with it: the focus goes where it came from.
  const clear = () => {
    setText('');
    setKind('all');
    list.current?.focus();
  };
  const close = () => {
    chosen([]);
    list.current?.focus({ preventScroll: true });
  };
  const letGo = () => {
    list.current?.querySelector<HTMLElement>(`input[value="${picked.at(-1) ?? 0}"]`)?.focus();
    pick(null);
  };
  return (
    <>
      {compare !== null && <Compare environment={environment} {...compare} onClose={close} />}
      <div ref={list} className="history-list" tabIndex={-1}>
        <Section title="Releases">
          <div className="history-tools">
            <Tabs label="Outcome" value={kind} options={kindWords} onChange={setKind} />
            <Field
              label="Search"
              bare
              type="search"
              placeholder="Number, person, note or cause"
              value={text}
              onChange={setText}
            />
          </div>
          <p className="history-found" role="status">
            {found.length === items.length
              ? `${items.length} ${items.length === 1 ? 'release' : 'releases'}`
              : `${found.length} of ${items.length} releases`}
          </p>
          {found.length === 0 ? (
            <Empty title="No release is like that.">
              <Button onClick={clear}>Show all</Button>
            </Empty>
          ) : (
            <Releases
              environment={environment}
              items={shown}
              picked={picked}
              onPick={pick}
              onBack={setBack}
              whyNotBack={whyNotBackOf(items)}
            />
          )}
          {found.length > most && (
            <div className="history-more">
              <Button onClick={() => setMore({ of: search, rows: most + step })}>
                Show {Math.min(step, found.length - most)} more of {found.length - most}
              </Button>
            </div>
          )}
        </Section>
      </div>
      {picked.length > 0 && <Picked picked={picked} onCompare={() => chosen(picked)} onClear={letGo} />}
      {back !== null && (
        <GoBack environment={environment} item={back} items={items} onClose={() => setBack(null)} />
      )}
    </>
  );
}

interface PickedProps {
  readonly picked: readonly number[];
  readonly onCompare: () => void;
  readonly onClear: () => void;
}

/** Stays at the lower edge while something is picked. */
function Picked({ picked: [first = 0, second], onCompare, onClear }: PickedProps) {
  const isFull = second !== undefined;
  return (
    <div className="history-picked" role="region" aria-label="Picked releases">
      <span>
        {second !== undefined
          ? `Releases ${first} and ${second}`
          : `Release ${first}: pick another one to compare it with.`}
      </span>
      <span className="actions">
        <Button kind="quiet" onClick={onClear}>
          Clear
        </Button>
        <Button kind="main" whyNot={isFull ? null : 'Pick a second release first.'} onClick={onCompare}>
          Compare
        </Button>
      </span>
    </div>
  );
}

/** What is compared stands in the address, so that it can be sent to somebody; what is picked does not. */
function usePicked() {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const [picked, setPicked] = useState<readonly number[]>([]);
  const [from, to] = [Number(search['from']), Number(search['to'])];
  return {
    picked,
    /** Of three the first is let go; null lets all go. */
    pick: useCallback(
      (release: number | null) =>
        setPicked((before) => {
          if (release === null) return [];
          return before.includes(release)
            ? before.filter((each) => each !== release)
            : [...before, release].slice(-2);
        }),
      [],
    ),
    compare: from > 0 && to > 0 ? { from, to } : null,
    chosen: (releases: readonly number[]) => {
      const [first, second] = releases.toSorted((a, b) => a - b);
      setPicked([]);
      void navigate({
        to: '.',
        search: first === undefined ? {} : { from: first, to: second },
        resetScroll: false,
      });
    },
  };
}
