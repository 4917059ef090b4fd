import { timeSpan, type BoundView, type RecoveryView } from '#api/browser';
import { Badge, CodeLine, Empty, Section, Time } from '../../kit/index.ts';

/** What was promised beside what a drill has measured. */
export function Bounds({ of: { bounds, environment } }: { readonly of: RecoveryView }) {
  return (
    <Section title="Bounds" about="What is declared, beside what the newest drill has measured.">
      {bounds === null ? (
        <Empty title={`No bounds are declared for ${environment}.`}>
          <p>
            Declare under <code>recovery</code> in fairway.config.ts how long a recovery may take (RTO) and
            how much may be lost (RPO). Drills then measure both.
          </p>
        </Empty>
      ) : (
        <div className="recovery-bounds">
          <Bound name="RTO" about="until everything works again" bound={bounds.rto} />
          <Bound name="RPO" about="of writes may be lost" bound={bounds.rpo} />
          <div className="recovery-measured">
            {bounds.measuredAt === null ? (
              <>
                <p>No drill has measured them yet.</p>
                <CodeLine>{`fairway drill --env ${environment}`}</CodeLine>
              </>
            ) : (
              <p>
                Measured by a drill <Time at={bounds.measuredAt} />, on a copy of this system.
              </p>
            )}
          </div>
        </div>
      )}
    </Section>
  );
}

interface BoundProps {
  readonly name: string;
  readonly about: string;
  readonly bound: BoundView;
}

function Bound({ name, about, bound: { declared, measured, ok } }: BoundProps) {
  const share = shareOf(declared, measured);
  const tone = ok === null ? 'quiet' : ok ? 'good' : 'bad';
  return (
    <div className="recovery-bound" data-tone={tone}>
      <div className="recovery-bound-head">
        <h3>{name}</h3>
        <Badge tone={tone}>{ok === null ? 'not measured' : ok ? 'kept' : 'missed'}</Badge>
      </div>
      <p className="recovery-bound-figure">
        {measured === null ? '–' : timeSpan(measured)}
        <span> {about}</span>
      </p>
      <div className="recovery-gauge" aria-hidden="true">
        {share !== null && <span style={{ inlineSize: `${Math.min(1, share) * 80}%` }} />}
        <i />
      </div>
      <p className="recovery-bound-limit">
        declared {declared.startsWith('<') ? `less than ${declared.slice(1)}` : `${declared} at most`}
      </p>
    </div>
  );
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** How much of what is declared was needed; the mark of the bound stands at four fifths of the bar. */
function shareOf(declared: string, measured: number | null): number | null {
  const parts = [...declared.matchAll(/(\d+(?:\.\d+)?)\s*(ms|[smhdw])/g)];
  const limit = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0), 0);
  return measured === null || limit === 0 ? null : Math.min(measured / limit, 1.25);
}
