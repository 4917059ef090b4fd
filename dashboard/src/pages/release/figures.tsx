import { useCallback, useState } from 'react';
import {
  createBuckets,
  failureShareOf,
  meanOf,
  type Measure,
  paced,
  type TrafficStore,
} from '../../data/index.ts';
import { Chart, type ChartData, type Line } from '../../kit/chart.tsx';
import {
  type Column,
  millisText,
  percentText,
  rateText,
  Section,
  State,
  Table,
  Tabs,
} from '../../kit/index.ts';
import { type SmoothArm, useSmooth } from './picture/smooth.ts';

interface FiguresProps {
  readonly traffic: TrafficStore;
  readonly service: string;
  readonly names: { readonly stable: string; readonly canary: string | null };
}

type Quantile = 'p50' | 'p95' | 'p99';
type Span = '10' | '30' | '120';

const quantiles = [
  ['p50', 'p50'],
  ['p95', 'p95'],
  ['p99', 'p99'],
] as const;

const spans = [
  ['10', '10 min'],
  ['30', '30 min'],
  ['120', '2 h'],
] as const;

/** Rate, failures and latency of both arms, now and over time. */
export function Figures({ traffic, service, names }: FiguresProps) {
  const [quantile, setQuantile] = useState<Quantile>('p95');
  const [span, setSpan] = useState<Span>('10');
  const millis = Number(span) * 60_000;
  const lines = linesOf(names);
  return (
    <Section
      title={`What ${service} answers`}
      actions={<Tabs<Span> label="Time shown" value={span} options={spans} onChange={setSpan} />}
    >
      <Now traffic={traffic} service={service} names={names} />
      <p className="hint release-legend">
        In the charts {names.stable} is a full line, {names.canary ?? 'a release on its way'} a dashed one.
      </p>
      <div className="release-charts">
        <Over
          title="Requests per second"
          traffic={traffic}
          span={millis}
          lines={lines}
          measure={rates}
          service={service}
          figure={rateText}
        />
        <Over
          title="Share that fails"
          traffic={traffic}
          span={millis}
          lines={lines}
          measure={failureShareOf}
          service={service}
          figure={percentText}
          atLeast={0.01}
        />
        <Over
          title="Latency"
          choice={
            <Tabs<Quantile> label="Quantile" value={quantile} options={quantiles} onChange={setQuantile} />
          }
          traffic={traffic}
          span={millis}
          lines={lines}
          measure={latencies[quantile]}
          service={service}
          figure={millisText}
        />
      </div>
    </Section>
  );
}

type MeasureOf = (service: string, role: 'stable' | 'canary') => Measure;

const rates: MeasureOf = (service, role) => meanOf(service, role, 'rate');
const latencies: Readonly<Record<Quantile, MeasureOf>> = {
  p50: (service, role) => meanOf(service, role, 'p50'),
  p95: (service, role) => meanOf(service, role, 'p95'),
  p99: (service, role) => meanOf(service, role, 'p99'),
};

const linesOf = ({ stable, canary }: FiguresProps['names']): readonly Line[] => [
  { label: stable, colour: '--stable' },
  { label: canary ?? 'the release before', colour: '--canary', dashed: true, width: 2 },
];

interface OverProps {
  readonly title: string;
  readonly choice?: React.ReactNode;
  readonly traffic: TrafficStore;
  readonly service: string;
  readonly span: number;
  readonly lines: readonly Line[];
  readonly measure: MeasureOf;
  readonly figure: (value: number) => string;
  readonly atLeast?: number;
}

function Over({ title, choice, traffic, service, span, lines, measure, figure, atLeast }: OverProps) {
  const feed = useCallback(
    (draw: (data: ChartData, from?: number, to?: number) => void) => {
      const buckets = createBuckets(
        traffic,
        [measure(service, 'stable'), measure(service, 'canary')],
        span,
        pixels,
      );
      const refresh = () => {
        if (!buckets.update()) return;
        const to = (traffic.latest()?.at ?? 0) / 1_000;
        draw(buckets.columns, to - span / 1_000, to);
      };
      return calmly(traffic, span / pixels, refresh);
    },
    [traffic, service, span, measure],
  );
  return (
    <div className="release-chart">
      <div className="release-chart-head">
        <h3>{title}</h3>
        {choice}
      </div>
      <Chart
        label={`${title} of ${service} over the last ${span / 60_000} minutes, both releases`}
        lines={lines}
        height={148}
        feed={feed}
        figure={figure}
        {...(atLeast === undefined ? {} : { atLeast })}
      />
    </div>
  );
}

/** About as many points as a chart is wide. */
const pixels = 480;

/**
 * Draws with new samples, but not more often than a quarter of the time that a pixel stands for, nor while the page is not
 * seen: a line over two hours does not change visibly four times a second.
 */
export function calmly(traffic: TrafficStore, pixel: number, refresh: () => void): () => void {
  return paced(traffic, Math.max(240, Math.min(4_000, pixel / 4)), () => {
    if (!document.hidden) refresh();
  });
}

interface Row {
  readonly role: 'stable' | 'canary';
  readonly name: string;
  readonly arm: SmoothArm | null;
}

const known = (value: number | null | undefined, text: (value: number) => string) =>
  value === null || value === undefined ? '–' : text(value);

const columns: readonly Column<Row>[] = [
  { name: 'Arm', cell: ({ role, name }) => <State tone={role}>{name}</State>, wide: true },
  { name: 'Requests/s', cell: ({ arm }) => known(arm?.rate, rateText), figures: true },
  {
    name: 'Fail',
    cell: ({ arm }) => known(arm === null || arm.rate === 0 ? null : arm.failed / arm.rate, percentText),
    figures: true,
  },
  { name: 'p50', cell: ({ arm }) => known(arm?.p50, millisText), figures: true },
  { name: 'p95', cell: ({ arm }) => known(arm?.p95, millisText), figures: true },
  { name: 'p99', cell: ({ arm }) => known(arm?.p99, millisText), figures: true },
  { name: 'Replicas', cell: ({ arm }) => known(arm?.ready, String), figures: true },
];

function Now({ traffic, service, names }: FiguresProps) {
  const { stable, canary } = useSmooth(traffic, service);
  const rows: readonly Row[] = [
    { role: 'stable', name: names.stable, arm: stable },
    ...(names.canary === null ? [] : [{ role: 'canary' as const, name: names.canary, arm: canary }]),
  ];
  return (
    <Table
      caption={`What ${service} answers, mean of the last ten seconds`}
      columns={columns}
      rows={rows}
      keyOf={({ role }) => role}
    />
  );
}
