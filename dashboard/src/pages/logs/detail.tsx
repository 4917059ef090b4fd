import { Button, CodeLine, Facts, State } from '../../kit/index.ts';
import { type Entry, type Level, seen } from './line.ts';
import { clockText, fromText } from './row.tsx';

const tones = { debug: 'quiet', info: 'quiet', warning: 'warn', error: 'bad' } as const satisfies Record<
  Level,
  string
>;

interface DetailProps {
  readonly entry: Entry;
  readonly onClose: () => void;
  readonly onId: (id: string) => void;
}

/** Everything in one line. */
export function Detail({ entry, onClose, onId }: DetailProps) {
  const { at, level, message, id, fields } = seen(entry);
  const said = [
    ['from', `${fromText(entry)}, revision ${entry.revision}`],
    ...(at === null ? [] : [['time', `${new Date(at).toISOString().slice(0, 10)} ${clockText(at)}`]]),
    ...fields,
  ] as readonly (readonly [string, string])[];
  return (
    <aside className="logs-detail" aria-label="The whole line">
      <div className="logs-detail-head">
        {level === null ? <span>text</span> : <State tone={tones[level]}>{level}</State>}
        <Button kind="quiet" icon="close" label="Close the line" onClick={onClose}>
          {''}
        </Button>
      </div>
      <p className="logs-detail-message">{message}</p>
      {id !== null && (
        <div className="logs-detail-id">
          <code>{id}</code>
          <Button onClick={() => onId(id)}>All lines of it</Button>
        </div>
      )}
      <Facts of={said} />
      <CodeLine label="Copy the line">{entry.text}</CodeLine>
    </aside>
  );
}
