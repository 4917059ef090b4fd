import './release.css';
import { useParams } from '@tanstack/react-router';
import type { StatusView } from '#api/browser';
import { useEnvironment, useStatus } from '../../data/index.ts';
import { Answer, PageHead } from '../../kit/index.ts';
import { Past } from './past.tsx';
import { Quiet } from './quiet.tsx';
import { UnderWay } from './under-way.tsx';

/** A release happens: the one under way, or the one that a number in the address names. */
export function Page() {
  const environment = useEnvironment();
  const { number } = useParams({ strict: false });
  const status = useStatus(environment);
  const shown = (
    <Answer of={status} lines={12}>
      {(now) =>
        number !== undefined && Number(number) !== now.rollout?.release ? (
          <Past key={number} environment={environment} release={Number(number)} />
        ) : (
          <Now status={now} />
        )
      }
    </Answer>
  );
  if (status.data !== undefined || !status.isError) return shown;
  return (
    <div className="page">
      <PageHead title="Release" />
      {shown}
    </div>
  );
}

function Now({ status }: { readonly status: StatusView }) {
  const { rollout } = status;
  const isUnderWay = rollout !== null && !['promoted', 'rolledBack', 'failed'].includes(rollout.phase);
  return isUnderWay ? <UnderWay status={status} rollout={rollout} /> : <Quiet status={status} />;
}
