import type { RecoveryView } from '#api/browser';
import { useAnswer, useEnvironment, useNow } from '../../data/index.ts';
import { Answer, count, PageHead } from '../../kit/index.ts';
import { Bounds } from './bounds.tsx';
import { Copies } from './copies.tsx';
import { Drills } from './drills.tsx';
import { Evidence } from './evidence.tsx';
import { Holds } from './holds.tsx';
import { useWork, WorkShown } from './operation.tsx';
import { Place } from './place.tsx';
import { Runbooks } from './runbooks.tsx';
import { Sides } from './sides.tsx';
import { Start } from './start.tsx';
import { Stores } from './stores.tsx';
import './recovery.css';

export function Page() {
  const environment = useEnvironment();
  const recovery = useAnswer(
    'GET /v1/environments/{environment}/recovery',
    { params: { environment } },
    { every: 15_000 },
  );
  const work = useWork(environment, recovery.data?.running ?? null);
  return (
    <div className="page">
      <PageHead title="Recovery" actions={<Start environment={environment} work={work} />}>
        {recovery.data === undefined ? (
          'What can be brought back, and how fast.'
        ) : (
          <Standing of={recovery.data} />
        )}
      </PageHead>
      <WorkShown work={work} />
      <Answer of={recovery} lines={18}>
        {(view) => (
          <>
            <Bounds of={view} />
            <Stores of={view} environment={environment} work={work} />
            <Sides of={view} environment={environment} work={work} />
            <div className="recovery-pair">
              <Drills of={view} environment={environment} />
              <Place of={view} />
            </div>
            <Copies of={view} />
            <Holds of={view} environment={environment} />
            <Runbooks environment={environment} />
            <Evidence environment={environment} />
          </>
        )}
      </Answer>
    </div>
  );
}

/** The worst first, in one sentence. */
function Standing({ of: { stores, copies, bounds } }: { readonly of: RecoveryView }) {
  const now = useNow(60_000);
  const warnings = stores.flatMap((store) => store.warnings);
  const worst = warnings.filter(({ severity }) => severity === 'error').length;
  const bare = stores.filter(({ copies: made }) => made === 0).length;
  const fresh = copies.filter(({ until }) => now - until < 86_400_000).length;
  if (stores.length === 0) return 'Nothing that holds data is declared here.';
  if (bare === stores.length) return 'There is no copy yet: what the machine loses is lost.';
  if (worst > 0)
    return `${count(worst)} of ${count(stores.length)} stores ${worst === 1 ? 'is' : 'are'} not as safe as declared.`;
  if (bounds?.rto.ok === false || bounds?.rpo.ok === false)
    return 'The last drill did not keep the declared bounds.';
  return `${bare === 0 ? 'Every store' : 'Every store that is copied'} has a copy that was read back; ${count(fresh)} were made in the last day.`;
}
