import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { StatusView, SystemView } from '#api/browser';
import { useAnswer, useEnvironment, useStatus, useTraffic } from '../../data/index.ts';
import { Answer, Empty, PageHead, Section, Skeleton, Tabs } from '../../kit/index.ts';
import { PartList } from './list.tsx';
import { useLoads } from './load.ts';
import { useMedia } from './media.ts';
import { Panel, type Tab, tabs } from './panel.tsx';
import { partsOf, summaryOf } from './parts.ts';
import './system.css';

/** With what lays it out: a phone, which has the list, does without. */
const Picture = lazy(async () => ({ default: (await import('./picture.tsx')).Picture }));

/** A picture of more parts than this helps nobody, and takes a second to lay out. */
const mostDrawn = 60;

export function Page() {
  const environment = useEnvironment();
  const system = useAnswer('GET /v1/environments/{environment}/system', { params: { environment } });
  const status = useStatus(environment);
  if (system.data !== undefined) return <System system={system.data} status={status.data} />;
  return (
    <div className="page">
      <PageHead title="System">What is declared here, and how each part of it is.</PageHead>
      <Section title="Parts">
        <Answer of={system} lines={14}>
          {() => null}
        </Answer>
      </Section>
    </div>
  );
}

const lines = 'Lines are calls, from left to right; a thicker one leads to a service that answers more.';

interface SystemProps {
  readonly system: SystemView;
  readonly status: StatusView | undefined;
}

function System({ system, status }: SystemProps) {
  const { environment } = system;
  const traffic = useTraffic(environment);
  const parts = partsOf(system, status, useLoads(traffic));
  const { part: name, tab, as, change } = usePlace();
  const isNarrow = useMedia('(width < 720px)');
  const isOnlyListed = isNarrow || parts.size > mostDrawn;
  const chosen = name === null ? undefined : parts.get(name);
  const shown = { system, parts, chosen: chosen?.name ?? null, onChoose: (part: string) => change({ part }) };
  const close = () => {
    change({ part: undefined });
    // Back to where one came from, which the picture and the list name alike.
    document.querySelector<HTMLElement>('.system-part[aria-pressed="true"]')?.focus();
  };
  return (
    <div className="page">
      <PageHead title="System">{summaryOf(parts, status)}</PageHead>
      <div className="system-split" data-open={chosen !== undefined || undefined}>
        <div className="page">
          <Section
            title="Parts"
            {...(isOnlyListed || as === 'list' ? {} : { about: lines })}
            actions={
              !isOnlyListed && (
                <Tabs
                  label="Shown as"
                  value={as}
                  options={[
                    ['picture', 'Picture'],
                    ['list', 'List'],
                  ]}
                  onChange={(value) => change({ as: value === 'list' ? value : undefined })}
                />
              )
            }
          >
            {parts.size === 0 ? (
              <Empty title="No service is declared.">
                <p>Declare one in fairway.config.ts; it appears here as soon as the file is saved.</p>
              </Empty>
            ) : isOnlyListed || as === 'list' ? (
              <PartList {...shown} />
            ) : (
              <Suspense fallback={<Skeleton lines={14} />}>
                <Picture {...shown} />
              </Suspense>
            )}
          </Section>
          <Absent system={system} />
          <Secrets system={system} />
        </div>
        {chosen !== undefined && (
          <Panel
            environment={environment}
            part={chosen}
            traffic={traffic}
            tab={tab}
            onTab={(next) => change({ tab: next === 'overview' ? undefined : next })}
            onClose={close}
          />
        )}
      </div>
    </div>
  );
}

function Absent({ system: { absent, target } }: { readonly system: SystemView }) {
  if (absent.length === 0) return null;
  return (
    <Section title="Declared, but not here" about={`The target ${target} cannot run these.`}>
      <dl className="facts">
        {absent.map(({ name, sentence }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{sentence}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Secrets({ system: { secrets } }: { readonly system: SystemView }) {
  if (secrets.length === 0) return null;
  return (
    <Section title="Secrets" about="By name only: their values are shown nowhere.">
      <dl className="facts">
        {secrets.map(({ name, usedBy }) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>{usedBy.length === 0 ? 'nobody receives it' : `received by ${usedBy.join(', ')}`}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

interface Search {
  readonly part?: string | undefined;
  readonly tab?: Tab | undefined;
  readonly as?: 'list' | undefined;
}

/** What is chosen stands in the address, so that it can be sent to somebody. */
function usePlace() {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const part = typeof search['part'] === 'string' ? search['part'] : null;
  return {
    part,
    tab: tabs.find((each) => each === search['tab']) ?? 'overview',
    as: search['as'] === 'list' ? ('list' as const) : ('picture' as const),
    change: (next: Search) =>
      void navigate({ to: '.', search: { ...search, ...next }, replace: part !== null, resetScroll: false }),
  };
}
