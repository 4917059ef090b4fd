import { useAnswer } from '../../data/index.ts';
import { Answer, Section, Time } from '../../kit/index.ts';

/** What recovery has left in the journal, the newest first. */
export function Evidence({ environment }: { readonly environment: string }) {
  const evidence = useAnswer('GET /v1/environments/{environment}/recovery/evidence', {
    params: { environment },
    query: { limit: 50 },
  });
  return (
    <Section title="Evidence" about="As the journal has it, for whoever asks how the data are kept.">
      <Answer of={evidence} lines={5}>
        {(entries) =>
          entries.length === 0 ? (
            <p className="recovery-quiet">Nothing has been copied, restored or tried yet.</p>
          ) : (
            <ol className="recovery-evidence">
              {entries.toReversed().map(({ sequence, at, sentence, type }) => (
                <li key={sequence} data-warning={type === 'recovery.warning' || undefined}>
                  <Time at={at} as="day" />
                  <span>{sentence}</span>
                </li>
              ))}
            </ol>
          )
        }
      </Answer>
    </Section>
  );
}
