import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { onTheme, token } from './theme.ts';

/** Times in seconds since 1970, then one column for each line; all of one length. */
export type ChartData = readonly [times: ArrayLike<number>, ...values: ArrayLike<number | null>[]];

export interface Line {
  readonly label: string;
  /** A colour of the tokens, such as `--stable`. */
  readonly colour: string;
  readonly dashed?: boolean;
  readonly width?: number;
}

interface ChartProps {
  /** What it shows, in words; read out instead of the picture. */
  readonly label: string;
  readonly lines: readonly Line[];
  readonly height: number;
  /** Called once with what puts new data into it: nothing is drawn by React afterwards. Answers what ends it. */
  readonly feed: (draw: (data: ChartData, from?: number, to?: number) => void) => () => void;
  /** A figure as it is written at the axis and on hover. */
  readonly figure: (value: number) => string;
  /** The scale is at least this high. */
  readonly atLeast?: number;
  /** Lines across, with a colour of the tokens. */
  readonly marks?: readonly { readonly at: number; readonly colour: string }[];
  /** Called with the index of the point under the pointer; null: there is none. */
  readonly onHover?: (at: number | null) => void;
}

/** A line chart over time, made once and fed with data. Follows its box, and the theme. */
export function Chart({ label, lines, height, feed, figure, atLeast = 0, marks = [], onHover }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const hovered = useRef(onHover);
  hovered.current = onHover;
  const shape = JSON.stringify([lines, marks, height, atLeast]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const plot = new uPlot(
      optionsOf({ lines, height, figure, atLeast, marks, width: element.clientWidth, hovered }),
      undefined,
      element,
    );
    const end = feed((data, from, to) => {
      plot.batch(() => {
        plot.setData(data as unknown as uPlot.AlignedData, false);
        const times = data[0];
        plot.setScale('x', { min: from ?? times[0] ?? 0, max: to ?? times[times.length - 1] ?? 1 });
      });
    });
    const sizes = new ResizeObserver(([entry]) => {
      const width = Math.round(entry?.contentRect.width ?? 0);
      if (width > 0 && width !== plot.width) plot.setSize({ width, height });
    });
    sizes.observe(element);
    const forget = onTheme(() => plot.redraw(false, true));
    return () => {
      forget();
      sizes.disconnect();
      end();
      plot.destroy();
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `shape` stands for the parts; `feed` is kept by its caller
  }, [shape, feed]);
  return (
    <div ref={box} className="chart" role="img" aria-label={label} style={{ blockSize: `${height}px` }}>
      <span className="chart-read-out" aria-hidden="true" />
    </div>
  );
}

interface Shape extends Required<Pick<ChartProps, 'lines' | 'height' | 'figure' | 'atLeast' | 'marks'>> {
  readonly width: number;
  readonly hovered: { readonly current: ChartProps['onHover'] };
}

function optionsOf({ lines, height, figure, atLeast, marks, width, hovered }: Shape): uPlot.Options {
  const font = `11px ${token('--font')}`;
  const axis = {
    stroke: () => token('--ink-3'),
    font,
    ticks: { show: false },
    grid: { stroke: () => token('--line'), width: 1 },
  };
  return {
    width,
    height,
    padding: [8, 30, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: true, auto: false },
      y: { range: (_, __, most) => [0, Math.max(atLeast, Number.isFinite(most) ? most * 1.15 : 0, 1e-6)] },
    },
    axes: [
      { ...axis, size: 24, space: 72, values: (_, splits) => splits.map(timeText), grid: { show: false } },
      { ...axis, size: 52, space: 28, values: (_, splits) => splits.map(figure) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour, dashed, width: thick = 1.75 }) => ({
        label,
        stroke: () => token(colour),
        width: thick,
        ...(dashed === true ? { dash: [4, 4] } : {}),
        points: { show: false },
        spanGaps: false,
      })),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const at = plot.cursor.idx ?? null;
          hovered.current?.(at);
          readOut(plot, at, lines, figure);
        },
      ],
      drawAxes: [(plot) => drawMarks(plot, marks)],
    },
  };
}

const minutes = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const seconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const timeText = (at: number) => (at % 60 === 0 ? minutes : seconds).format(at * 1_000);

function drawMarks(plot: uPlot, marks: Shape['marks']): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  for (const { at, colour } of marks) {
    const y = Math.round(plot.valToPos(at, 'y', true));
    ctx.strokeStyle = token(colour);
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** What stands under the pointer, as text in the upper corner; React is not asked, as the pointer moves often. */
function readOut(
  plot: uPlot,
  at: number | null,
  lines: readonly Line[],
  figure: (value: number) => string,
): void {
  const box = plot.root.parentElement?.querySelector('.chart-read-out');
  if (box == null) return;
  const time = at === null ? undefined : plot.data[0][at];
  if (at === null || time === undefined) {
    box.textContent = '';
    return;
  }
  const values = lines.flatMap(({ label }, line) => {
    const value = plot.data[line + 1]?.[at];
    return value == null ? [] : [`${label} ${figure(value)}`];
  });
  box.textContent = [seconds.format(time * 1_000), ...values].join(' · ');
}
