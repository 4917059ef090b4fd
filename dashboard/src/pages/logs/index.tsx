import { useCallback, useMemo, useState } from 'react';
import { useEnvironment, useStatus } from '../../data/index.ts';
import {
  announce,
  Button,
  CodeLine,
  count,
  Empty,
  PageHead,
  quoted,
  State,
  Switch,
  Trouble,
} from '../../kit/index.ts';
import { Detail } from './detail.tsx';
import { Filters } from './filters.tsx';
import type { Entry } from './line.ts';
import { List } from './list.tsx';
import { useFilter } from './use-filter.ts';
import { type Logs, useLogs } from './use-logs.ts';
import { newerThan } from './window.ts';
import './logs.css';

/** What is read while further lines come: as it was when somebody began to read. */
interface Held {
  readonly entries: readonly Entry[];
  /** `pause`: until somebody goes on; `scroll`: until the end is reached again. */
  readonly by: 'pause' | 'scroll';
}

export function Page() {
  const environment = useEnvironment();
  const filter = useFilter();
  const status = useStatus(environment);
  const { level, text, services, id, settled } = filter;
  const wanted = useMemo(() => ({ level, text: text.trim() }), [level, text]);
  const match = id ?? settled;
  const logs = useLogs({
    environment,
    service: services.length === 0 || id !== null ? undefined : services.join(','),
    match: match === '' ? undefined : match,
    wanted,
  });
  const [open, setOpen] = useState<Entry | null>(null);
  const [wraps, setWraps] = useState(false);
  const { held, hold, goOn } = useHolding(logs, `${level ?? ''}/${match}/${services.join()}/${text}`);
  const entries = held?.entries ?? logs.shown;

  const { choose } = filter;
  const onId = (request: string) => {
    setOpen(null);
    choose({ id: request });
  };
  return (
    <div className="page logs">
      <PageHead
        title="Logs"
        actions={
          <>
            <Switch label="Wrap" checked={wraps} onChange={setWraps} />
            <CopyButton entries={entries} />
            <Button
              kind={held === null ? 'plain' : 'main'}
              icon={held === null ? 'pause' : 'play'}
              onClick={() => (held === null ? hold('pause') : goOn())}
            >
              {held === null ? 'Pause' : 'Go on'}
            </Button>
          </>
        }
      >
        What the services of {environment} print, as they print it.
      </PageHead>
      <Filters filter={filter} services={status.data?.services.map(({ name }) => name) ?? []} />
      {logs.state.is === 'refused' ? (
        <Trouble reason={logs.state.reason} retry={logs.again} />
      ) : (
        <div className="logs-room" data-detail={open !== null || undefined}>
          <div className="logs-box">
            <List
              entries={entries}
              follows={held === null}
              wraps={wraps}
              text={text.trim()}
              open={open}
              onOpen={setOpen}
              onId={onId}
              onLeave={() => hold('scroll')}
              onReturn={() => held?.by === 'scroll' && goOn()}
            />
            {entries.length === 0 && <Nothing logs={logs} isFiltered={level !== null || match !== ''} />}
            {held !== null && <Newest logs={logs} held={held} goOn={goOn} />}
          </div>
          {open !== null && <Detail entry={open} onClose={() => setOpen(null)} onId={onId} />}
        </div>
      )}
      <Foot logs={logs} shown={entries.length} />
      <details className="logs-same">
        <summary>The same in a terminal</summary>
        <CodeLine>{`fairway logs --env ${quoted(environment)}${services.length === 1 ? ` --service ${quoted(services[0] ?? '')}` : ''} --follow`}</CodeLine>
      </details>
    </div>
  );
}

/** Stops the picture, not the stream; looking for something else goes on with the newest. */
function useHolding(logs: Logs, asked: string) {
  const [held, setHeld] = useState<(Held & { readonly asked: string }) | null>(null);
  const present = held !== null && held.asked === asked ? held : null;
  const { shown } = logs;
  const hold = (by: Held['by']) =>
    setHeld((before) =>
      before !== null && before.asked === asked ? before : { by, asked, entries: shown.slice() },
    );
  const goOn = useCallback(() => setHeld(null), []);
  return { held: present, hold, goOn };
}

function Newest({
  logs,
  held,
  goOn,
}: {
  readonly logs: Logs;
  readonly held: Held;
  readonly goOn: () => void;
}) {
  const newer = newerThan(logs.shown, held.entries.at(-1)?.number ?? 0);
  return (
    <div className="logs-newest">
      <Button kind="main" icon="down" onClick={goOn}>
        {newer === 0 ? 'To the newest line' : `${count(newer)} newer ${newer === 1 ? 'line' : 'lines'}`}
      </Button>
    </div>
  );
}

function CopyButton({ entries }: { readonly entries: readonly Entry[] }) {
  const most = 5_000;
  const copy = async () => {
    const lines = entries.slice(-most).map(({ service, replica, text }) => `${service} ${replica}  ${text}`);
    await navigator.clipboard.writeText(lines.join('\n'));
    announce(`${count(lines.length)} lines copied.`);
  };
  return (
    <Button
      icon="copy"
      label={`Copy what is shown, the newest ${count(most)} lines at most`}
      whyNot={entries.length === 0 ? 'There is no line to copy.' : null}
      onClick={() => void copy().catch(() => announce('The browser did not let this page copy.'))}
    >
      Copy
    </Button>
  );
}

function Nothing({ logs, isFiltered }: { readonly logs: Logs; readonly isFiltered: boolean }) {
  if (logs.state.is === 'opening' || logs.isLooking) return null;
  return (
    <div className="logs-nothing">
      {isFiltered ? (
        <Empty title="No line fits yet.">
          <p>Lines that fit are shown as they come. A shorter text or every level shows more.</p>
        </Empty>
      ) : (
        <Empty title="Nothing was printed yet.">
          <p>What the services write to their standard output is shown here as it comes.</p>
        </Empty>
      )}
    </div>
  );
}

function Foot({ logs, shown }: { readonly logs: Logs; readonly shown: number }) {
  const { state, rate, kept, missing } = logs;
  return (
    <p className="logs-foot">
      {state.is === 'open' ? (
        <State tone="good">live</State>
      ) : state.is === 'broken' ? (
        <State tone="warn">broken off, asking again</State>
      ) : (
        <State tone="quiet">{state.is === 'opening' ? 'opening' : 'not followed'}</State>
      )}
      <span>
        {count(rate)} {rate === 1 ? 'line' : 'lines'} a second
      </span>
      <span>
        {count(shown)} shown of the newest {count(kept)}
      </span>
      {missing > 0 && <State tone="warn">{`${count(missing)} left out: they came too fast`}</State>}
    </p>
  );
}
