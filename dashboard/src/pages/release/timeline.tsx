import { useState } from 'react';
import type { TimelineEntry } from '#api/browser';
import { useEvents } from '../../data/index.ts';
import { Button, Empty, Section, Skeleton, Switch, Time } from '../../kit/index.ts';

interface TimelineProps {
  readonly environment: string;
  readonly release: number;
  /** What was asked for; null: not there yet. What came since is added. */
  readonly entries: readonly TimelineEntry[] | null;
}

/** So many lines at first: a long release has hundreds of details. */
const most = 40;

/** The journal of a release, the newest first. */
export function Timeline({ environment, release, entries }: TimelineProps) {
  const [withDetails, setDetails] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const live = useEvents(environment);
  const last = entries?.at(-1)?.sequence ?? 0;
  const all = [
    ...(entries ?? []),
    ...live.filter((entry) => entry.release === release && entry.sequence > last),
  ];
  const shown = all
    .filter(({ sentence, level }) => sentence !== null && (withDetails || level === 'main'))
    .toReversed();
  return (
    <Section
      title="What happened"
      actions={<Switch label="Details" checked={withDetails} onChange={setDetails} />}
    >
      {entries === null ? (
        <Skeleton lines={6} />
      ) : shown.length === 0 ? (
        <Empty title="Nothing yet." />
      ) : (
        <ol className="release-timeline" reversed>
          {(isWhole ? shown : shown.slice(0, most)).map(({ sequence, at, sentence, level }) => (
            <li key={sequence} data-level={level}>
              <Time at={at} as="clock" />
              <span>{sentence}</span>
            </li>
          ))}
        </ol>
      )}
      {!isWhole && shown.length > most && (
        <Button kind="quiet" onClick={() => setWhole(true)}>
          Show all {shown.length}
        </Button>
      )}
    </Section>
  );
}
