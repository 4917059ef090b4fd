import { useCallback, useMemo, useState } from 'react';
import { type GateSample, type RolloutView, timeOfDay } from '#api/browser';
import { createBuckets, gateOf, type TrafficStore, useLatest } from '../../data/index.ts';
import { Chart, type ChartData, type Line } from '../../kit/chart.tsx';
import { Bar, Empty, Section, State, type Tone } from '../../kit/index.ts';
import { calmly } from './figures.tsx';

interface EvidenceProps {
  readonly traffic: TrafficStore;
  readonly rollout: RolloutView;
}

/** How far the gate is from taking the release back, and from letting it go on. */
export function Evidence({ traffic, rollout }: EvidenceProps) {
  const [at, setAt] = useState<number | null>(null);
  return (
    <Section
      title="Evidence"
      about="Each track fills up as requests are counted. What reaches its end first decides."
    >
      <div className="release-tracks">
        <Track what="harm" traffic={traffic} rollout={rollout} onHover={setAt} />
        <Track what="proof" traffic={traffic} rollout={rollout} onHover={setAt} />
      </div>
      <Said traffic={traffic} at={at} />
    </Section>
  );
}

const tracks = {
  harm: {
    title: 'Towards rollback',
    end: 'taken back',
    line: { label: 'harm', colour: '--bad' },
    tone: 'bad',
  },
  proof: {
    title: 'Towards promotion',
    end: 'proven',
    line: { label: 'proof', colour: '--good' },
    tone: 'good',
  },
} as const satisfies Record<string, { title: string; end: string; line: Line; tone: Tone }>;

interface TrackProps extends EvidenceProps {
  readonly what: keyof typeof tracks;
  readonly onHover: (at: number | null) => void;
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
const marks = { harm: [{ at: 1, colour: '--bad' }], proof: [{ at: 1, colour: '--good' }] } as const;
const points = 400;

function Track({ what, traffic, rollout, onHover }: TrackProps) {
  const { title, end, line, tone } = tracks[what];
  const span = 2 * 3_600_000;
  const times = useMemo<{ current: readonly number[] }>(() => ({ current: [] }), []);
  const { id, startedAt } = rollout;
  const feed = useCallback(
    (draw: (data: ChartData, from?: number, to?: number) => void) => {
      // A pixel's time grows with the rollout, so the points are made anew each time it has doubled.
      let room = 0;
      let buckets = createBuckets(traffic, [gateOf(what, id)], 60_000, points);
      const refresh = () => {
        const now = traffic.latest()?.at ?? startedAt;
        const wanted = Math.min(span, Math.max(60_000, now - startedAt));
        if (wanted > room) {
          room = Math.min(span, wanted * 2);
          buckets = createBuckets(traffic, [gateOf(what, id)], room, points);
        }
        if (!buckets.update()) return;
        times.current = buckets.columns[0];
        draw(buckets.columns, (now - wanted) / 1_000, now / 1_000);
      };
      return calmly(traffic, 2_000, refresh);
    },
    [traffic, what, id, startedAt, span, times],
  );
  return (
    <div className="release-track">
      <div className="release-chart-head">
        <h3>{title}</h3>
        <Share traffic={traffic} what={what} end={end} tone={tone} />
      </div>
      <Chart
        label={`${title} since the release began; at the top it is ${end}`}
        lines={[line]}
        height={104}
        feed={feed}
        figure={percent}
        atLeast={1}
        marks={marks[what]}
        onHover={(index) => onHover(index === null ? null : (times.current[index] ?? null))}
      />
    </div>
  );
}

function Share({
  traffic,
  what,
  end,
  tone,
}: Pick<TrackProps, 'traffic' | 'what'> & { readonly end: string; readonly tone: Tone }) {
  const share = useLatest(traffic)?.gate?.[what] ?? null;
  if (share === null)
    return (
      <span className="hint">
        {what === 'harm' ? 'nothing is compared now' : 'this step asks for no proof'}
      </span>
    );
  return (
    <span className="release-share">
      <Bar share={share} label={`${percent(share)} of the way to ${end}`} tone={tone} />
      <b>{percent(share)}</b>
    </span>
  );
}

/** In words: of the moment under the pointer, or of now. */
function Said({ traffic, at }: { readonly traffic: TrafficStore; readonly at: number | null }) {
  const latest = useLatest(traffic, 1_000);
  const then = at === null ? null : traffic.wordsAt(at * 1_000);
  const gate: GateSample | null = then?.gate ?? latest?.gate ?? null;
  if (gate === null)
    return (
      <Empty title="Nothing is measured now.">
        <p>Evidence is gathered while users are on the new revision.</p>
      </Empty>
    );
  return (
    <div className="release-said">
      <p>
        <b>{then === null ? 'Now' : timeOfDay(then.at)}:</b> {gateSentence(gate)}
      </p>
      <ul className="release-signals">
        {gate.signals.map(({ name, subject, state, sentence }) => (
          <li key={`${name} ${subject}`}>
            <State tone={signalTones[state]}>
              <span className="hidden-text">{signalWords[state]}: </span>
              <span className="release-signal">{sentence}</span>
            </State>
          </li>
        ))}
      </ul>
    </div>
  );
}

type SignalState = GateSample['signals'][number]['state'];

const signalTones = { good: 'good', bad: 'bad', waiting: 'busy', missing: 'warn' } as const satisfies Record<
  SignalState,
  Tone
>;
const signalWords = {
  good: 'good',
  bad: 'bad',
  waiting: 'not yet',
  missing: 'missing',
} as const satisfies Record<SignalState, string>;

function gateSentence({ harm, proof, verdict }: GateSample): string {
  if (verdict === 'fail') return 'harm is proven; the release is taken back.';
  if (verdict === 'notMeasured' && !harm)
    return 'nothing is measured, and nothing passes without being measured.';
  const parts = [
    ...(harm === null ? [] : [`${percent(harm)} of the evidence that would take it back`]),
    ...(proof === null ? [] : [`${percent(proof)} of the evidence that is asked for`]),
  ];
  if (verdict === 'pass' && proof !== null && proof >= 1)
    return 'it is proven that the new revision does no harm.';
  if (parts.length === 0) return 'the counts are watched; this step compares nothing.';
  return `there is ${parts.join(', and ')}.`;
}
