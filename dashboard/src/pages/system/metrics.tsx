import { useCallback } from 'react';
import type { TrafficArm } from '#api/browser';
import {
  createBuckets,
  every,
  failureShareOf,
  type Measure,
  meanOf,
  now,
  type TrafficStore,
} from '../../data/index.ts';
import { Chart, type ChartData } from '../../kit/chart.tsx';
import { Empty, Figure, Figures, millisText, percentText, rateText } from '../../kit/index.ts';
import type { ServicePart } from './parts.ts';

type Role = TrafficArm['role'];

interface MetricsProps {
  readonly part: ServicePart;
  readonly traffic: TrafficStore;
}

const span = 900_000;
const points = 180;
const lines = [
  { label: 'stable', colour: '--stable' },
  { label: 'canary', colour: '--canary', dashed: true },
];

const charts: readonly {
  readonly title: string;
  readonly measure: (service: string, role: Role) => Measure;
  readonly figure: (value: number) => string;
}[] = [
  { title: 'Requests a second', measure: (service, role) => meanOf(service, role, 'rate'), figure: rateText },
  { title: 'Share that failed', measure: failureShareOf, figure: percentText },
  {
    title: '95 % answered within',
    measure: (service, role) => meanOf(service, role, 'p95'),
    figure: millisText,
  },
];

/** What a service answered in the last quarter of an hour, each arm by itself. */
export function Metrics({ part: { name, load, declared }, traffic }: MetricsProps) {
  if (declared.traffic === 'none')
    return (
      <Empty title={`${name} answers nobody.`}>
        <p>Nothing is counted of a service without requests. Its logs tell what it does.</p>
      </Empty>
    );
  return (
    <div className="stack">
      <Figures>
        <Figure label="Requests" value={load === null ? null : rateText(load.rate)} unit="/s" />
        <Figure label="Failed" value={load?.failed == null ? null : percentText(load.failed)} />
        <Figure label="95 % within" value={load?.p95 == null ? null : millisText(load.p95)} />
      </Figures>
      <p className="system-legend">
        <span data-arm="stable">stable</span>
        <span data-arm="canary">canary, dashed</span>
        <span className="hint">the last 15 minutes</span>
      </p>
      {charts.map((chart) => (
        <Row key={chart.title} {...chart} service={name} traffic={traffic} />
      ))}
    </div>
  );
}

interface RowProps {
  readonly title: string;
  readonly measure: (service: string, role: Role) => Measure;
  readonly figure: (value: number) => string;
  readonly service: string;
  readonly traffic: TrafficStore;
}

function Row({ title, measure, figure, service, traffic }: RowProps) {
  const feed = useCallback(
    (draw: (data: ChartData, from?: number, to?: number) => void) => {
      const buckets = createBuckets(
        traffic,
        [measure(service, 'stable'), measure(service, 'canary')],
        span,
        points,
      );
      const show = () => {
        buckets.update();
        draw(buckets.columns, (now() - span) / 1_000, now() / 1_000);
      };
      show();
      return every(1_000, show);
    },
    [traffic, service, measure],
  );
  return (
    <figure className="system-chart">
      <figcaption>{title}</figcaption>
      <Chart
        label={`${title} of ${service}, the last 15 minutes`}
        lines={lines}
        height={120}
        feed={feed}
        figure={figure}
      />
    </figure>
  );
}
