import { lazy, type ReactNode, Suspense, useEffect, useRef } from 'react';
import type { TrafficStore } from '../../data/index.ts';
import { Button, Skeleton, State, Tabs } from '../../kit/index.ts';
import { Configuration } from './configuration.tsx';
import { useMedia } from './media.ts';

import { ServiceOverview } from './overview.tsx';
import type { Part, ServicePart } from './parts.ts';
import { StoreFacts } from './store-facts.tsx';

/** With the charts: fetched when somebody asks for them. */
const Metrics = lazy(async () => ({ default: (await import('./metrics.tsx')).Metrics }));

export const tabs = ['overview', 'metrics', 'configuration'] as const;
export type Tab = (typeof tabs)[number];

interface PanelProps {
  readonly environment: string;
  readonly part: Part;
  readonly traffic: TrafficStore;
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
  readonly onClose: () => void;
}

/** All about one part: beside the picture, and where there is no room for both, over it. */
export function Panel(props: PanelProps) {
  const { part, onClose } = props;
  return (
    <Frame title={part.name} onClose={onClose}>
      <header className="system-panel-head">
        <div>
          <h2 tabIndex={-1}>{part.name}</h2>
          <State tone={part.health.tone}>{part.health.word}</State>
        </div>
        <Button kind="quiet" icon="close" label={`Close ${part.name}`} onClick={onClose}>
          {null}
        </Button>
      </header>
      {part.kind === 'store' ? (
        <StoreFacts environment={props.environment} part={part} />
      ) : (
        <Service {...props} part={part} />
      )}
    </Frame>
  );
}

function Service({ environment, part, traffic, tab, onTab }: PanelProps & { readonly part: ServicePart }) {
  return (
    <>
      <Tabs
        label={`About ${part.name}`}
        value={tab}
        options={[
          ['overview', 'Overview'],
          ['metrics', 'Metrics'],
          ['configuration', 'Configuration'],
        ]}
        onChange={onTab}
      />
      {tab === 'overview' && <ServiceOverview environment={environment} part={part} />}
      {tab === 'metrics' && (
        <Suspense fallback={<Skeleton lines={8} />}>
          <Metrics key={part.name} part={part} traffic={traffic} />
        </Suspense>
      )}
      {tab === 'configuration' && <Configuration part={part} />}
    </>
  );
}

interface FrameProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function Frame(props: FrameProps) {
  return useMedia('(width < 1000px)') ? <Drawer {...props} /> : <Beside {...props} />;
}

/** Over everything. The browser keeps the focus in it and gives it back. */
function Drawer({ title, onClose, children }: FrameProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="system-drawer"
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="system-panel">{children}</div>
    </dialog>
  );
}

/** Beside the picture, which stays in use. Its heading gets the focus each time another part is chosen. */
function Beside({ title, onClose, children }: FrameProps) {
  const aside = useRef<HTMLElement>(null);
  useEffect(() => {
    aside.current?.querySelector('h2')?.focus({ preventScroll: true });
  }, [title]);
  return (
    <aside
      ref={aside}
      className="system-panel section"
      aria-label={title}
      onKeyDown={({ key }) => {
        if (key === 'Escape') onClose();
      }}
    >
      {children}
    </aside>
  );
}
