import { useState } from 'react';
import { dayAndTime, type RecoveryView, type StoreSafetyView } from '#api/browser';
import { now } from '../../data/index.ts';
import { Confirm, dayInWords, Field, quoted, Select, Tabs } from '../../kit/index.ts';
import type { Work } from './operation.tsx';
import { fieldText, momentOf } from './moment.ts';

type How = 'latest' | 'time' | 'copy';

interface RestoreProps {
  readonly store: StoreSafetyView;
  readonly copies: RecoveryView['copies'];
  readonly environment: string;
  readonly work: Work;
  readonly onClose: () => void;
}

/** Asks to which moment, and restores beside the running store: never in its place. */
export function Restore({ store: { store, range }, copies, environment, work, onClose }: RestoreProps) {
  const [how, setHow] = useState<How>('latest');
  const [moment, setMoment] = useState(() => fieldText((range?.until ?? now()) - 300_000));
  const [copy, setCopy] = useState(copies[0]?.id ?? '');
  const at = momentOf(moment);
  const options: readonly (readonly [How, string])[] = [
    ['latest', 'The newest state'],
    ...(range === null ? [] : [['time', 'A moment'] as const]),
    ['copy', 'One copy'],
  ];
  const flags =
    how === 'latest'
      ? ''
      : how === 'copy'
        ? ` --copy ${quoted(copy)}`
        : ` --at ${at === null ? 'TIME' : new Date(at).toISOString().replace('.000', '')}`;
  return (
    <Confirm
      title={`Restore ${store} beside?`}
      consequence={
        <>
          <p>
            A second {store} is started from the copies, with an address of its own. The running one is not
            touched, and no service uses the second.
          </p>
          <p>Look into it, take out what is missing, and remove it again.</p>
        </>
      }
      line={() => `fairway restore --env ${quoted(environment)} --store ${quoted(store)}${flags}`}
      action="Restore beside"
      whyNot={work.whyNot ?? (how === 'time' ? whyNotAt(at, range) : null)}
      run={(note) =>
        work.begin({
          kind: 'restore',
          store,
          note,
          copy: how === 'copy' ? copy : null,
          target: how === 'time' && at !== null ? { kind: 'time', at } : { kind: 'latest' },
        })
      }
      onClose={onClose}
    >
      <Tabs label="To which state" value={how} options={options} onChange={setHow} />
      {how === 'time' && range !== null && <Moment range={range} value={moment} onChange={setMoment} />}
      {how === 'copy' && (
        <Select
          label="Copy"
          value={copy}
          options={copies.map(({ id, until }) => [id, `${dayInWords(until, now())} (${id})`] as const)}
          onChange={setCopy}
          hint="As it is, without the log after it."
        />
      )}
    </Confirm>
  );
}

interface MomentProps {
  readonly range: { readonly from: number; readonly until: number };
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A moment, typed or found with a slider over all that can be brought back. */
function Moment({ range, value, onChange }: MomentProps) {
  const at = momentOf(value) ?? range.until;
  return (
    <div className="recovery-moment">
      <Field
        label="Moment, in your time zone"
        type="datetime-local"
        value={value}
        onChange={onChange}
        hint={`From ${dayAndTime(range.from)} to ${dayAndTime(range.until)}. Take one just before it went wrong.`}
      />
      <input
        type="range"
        aria-label="Moment"
        aria-valuetext={dayAndTime(at)}
        min={range.from}
        max={range.until}
        step={1_000}
        value={Math.min(range.until, Math.max(range.from, at))}
        onChange={({ target }) => onChange(fieldText(Number(target.value)))}
      />
    </div>
  );
}

function whyNotAt(at: number | null, range: StoreSafetyView['range']): string | null {
  if (at === null || range === null) return 'That is no date and time.';
  if (at < range.from - 1_000) return 'No copy reaches so far back.';
  return at > range.until + 60_000 ? 'The log has not come so far yet.' : null;
}
