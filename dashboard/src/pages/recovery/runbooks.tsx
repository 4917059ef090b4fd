import { CodeLine, quoted, Section } from '../../kit/index.ts';

const books = [
  {
    name: 'database-corrupted',
    when: 'The database is broken or says nonsense',
    what: 'Restores the newest good state beside, compares, asks, and puts it in place.',
  },
  {
    name: 'data-deleted',
    when: 'Somebody deleted or changed what they should not have',
    what: 'Goes back to just before it, beside, so that what is missing can be taken out.',
  },
  {
    name: 'machine-lost',
    when: 'The machine is gone',
    what: 'Brings all of it back on another machine, from the place and the key alone.',
  },
  {
    name: 'breach',
    when: 'Somebody was in who should not have been',
    what: 'Replaces the secrets, keeps the evidence, and checks what runs.',
  },
] as const;

/** What to do when it has happened. Nothing that runs is replaced from a browser: a terminal asks at every step. */
export function Runbooks({ environment }: { readonly environment: string }) {
  return (
    <Section
      title="When it has happened"
      about="Each walks you through, does what can be done by itself, and asks before anything that runs is replaced. It is done in a terminal, never from here."
    >
      <div className="recovery-books">
        {books.map(({ name, when, what }) => (
          <div key={name}>
            <h3>{when}</h3>
            <p>{what}</p>
            <CodeLine>
              {name === 'machine-lost'
                ? 'fairway recover machine-lost --from PLACE --key FILE'
                : `fairway recover ${name} --env ${quoted(environment)}`}
            </CodeLine>
          </div>
        ))}
      </div>
    </Section>
  );
}
