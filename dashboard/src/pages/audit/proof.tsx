import { useState } from 'react';
import type { AuditView } from '#api/browser';
import { Chains } from './chains.tsx';
import { CodeLine, Field, Section, State } from '../../kit/index.ts';

/** What the hashes are good for, and how anybody can use them. */
export function Proof({ of }: { readonly of: readonly AuditView[] }) {
  const [noted, setNoted] = useState('');
  const newest = newestOfEach(of);
  return (
    <Section title="That nobody has changed the past">
      <div className="audit-proof">
        <div className="stack">
          <p>
            Each journal is a chain: the hash of an entry is the SHA-256 of the hash before it and of the
            entry itself. Whoever changes, removes or slips in an entry has to change every hash after it.
          </p>
          <p>
            So note the newest hash where Fairway cannot write: in a ticket, in a mail to yourself. As long as
            the same entry shows the same hash later, the journal up to there has not been rewritten.
          </p>
          <Chains />
          <Field
            label="A hash that you noted"
            value={noted}
            onChange={setNoted}
            placeholder="64 characters, or the first 8"
            autoComplete="off"
            maxLength={64}
          />
          <p role="status" className="audit-found">
            <Found noted={noted.trim().toLowerCase()} of={of} />
          </p>
        </div>
        <div className="stack">
          {newest.map(({ name, entry }) => (
            <div key={name} className="audit-newest">
              <span className="hint">
                {name}, entry {entry.sequence}
              </span>
              <CodeLine label={`Copy the newest hash of ${name}`}>{entry.hash}</CodeLine>
            </div>
          ))}
        </div>
      </div>
    </Section>
  );
}

function Found({ noted, of }: { readonly noted: string; readonly of: readonly AuditView[] }) {
  if (noted === '') return 'Paste one to look for it among the entries above.';
  if (!/^[0-9a-f]{8,64}$/.test(noted))
    return 'A hash has the digits 0 to 9 and the letters a to f, at least 8.';
  const entry = of.find(({ hash }) => hash.startsWith(noted));
  if (entry === undefined)
    return (
      <State tone="warn">
        It is none of these. The entry may be older than what is shown; if it is not, the journal was changed.
      </State>
    );
  return (
    <State tone="good">
      Entry {entry.sequence} of {journalOf(entry)} has it still.
    </State>
  );
}

/** Each journal is a chain of its own. */
const journalOf = ({ environment, type }: AuditView): string =>
  environment === null ? 'access' : `${environment}${type.startsWith('recovery.') ? ', recovery' : ''}`;

function newestOfEach(entries: readonly AuditView[]) {
  const names = [...new Set(entries.map(journalOf))];
  return names.flatMap((name) => {
    const [entry] = entries
      .filter((each) => journalOf(each) === name)
      .toSorted((a, b) => b.sequence - a.sequence);
    return entry === undefined ? [] : [{ name, entry }];
  });
}
