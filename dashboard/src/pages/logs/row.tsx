import { memo, type ReactNode } from 'react';
import { type Entry, escaped, seen } from './line.ts';

interface RowProps {
  readonly entry: Entry;
  readonly text: string;
  readonly isOpen: boolean;
  readonly onOpen: (entry: Entry) => void;
  readonly onId: (id: string) => void;
}

/** One line: when, how grave, from where, what; and the request it belongs to. */
export const Row = memo(function Row({ entry, text, isOpen, onOpen, onId }: RowProps) {
  if (entry.isGap)
    return (
      <li className="logs-row" data-gap="true">
        <span>{entry.text}</span>
      </li>
    );
  const { at, level, message, id, fields } = seen(entry);
  return (
    <li className="logs-row" data-level={level ?? undefined} data-open={isOpen || undefined}>
      <span className="logs-time">{at === null ? '' : clockText(at)}</span>
      <span className="logs-level">{level ?? ''}</span>
      <span
        className="logs-from"
        title={`${entry.service}, replica ${entry.replica}, revision ${entry.revision}`}
      >
        {fromText(entry)}
      </span>
      <button type="button" className="logs-message" aria-expanded={isOpen} onClick={() => onOpen(entry)}>
        {marked(message, text)}
        {fields.length > 0 && <span className="logs-fields"> {marked(fieldsText(entry, fields), text)}</span>}
      </button>
      {id !== null && (
        <button
          type="button"
          className="logs-id"
          aria-label={`${id.slice(-8)}: all lines of this request`}
          title={`All lines of ${id}, of every service`}
          onClick={() => onId(id)}
        >
          {id.slice(-8)}
        </button>
      )}
    </li>
  );
});

/** Replicas mostly have their service's name in theirs. */
export const fromText = ({ service, replica }: Entry): string =>
  replica.startsWith(service) ? replica : `${service} ${replica}`;

/** Where a line comes from and what it belongs to: the row shows that elsewhere, and its details show all of it. */
const origin = new Set(['revision', 'version', 'environment', 'trace_id', 'span_id', 'pid', 'hostname']);

const fieldsText = ({ service }: Entry, fields: readonly (readonly [string, string])[]) =>
  fields
    .filter(([name, value]) => !origin.has(name) && (name !== 'service' || value !== service))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

const two = (value: number) => String(value).padStart(2, '0');

/** Time of day to the millisecond; by hand, because it is written for every row several times a second. */
export function clockText(at: number): string {
  const date = new Date(at);
  const millis = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}

/** What was looked for is marked where it stands. */
function marked(said: string, text: string): ReactNode {
  if (text === '') return said;
  const parts = said.split(new RegExp(`(${escaped(text)})`, 'i'));
  return parts.map((part, at) => (at % 2 === 1 ? <mark key={at}>{part}</mark> : part));
}
