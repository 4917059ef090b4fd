import { shortDollars } from './words.js';

/** The library is a classic script that the page loads before its modules. */
const { uPlot } = globalThis;

/**
 * The fan of outcomes. Draws itself anew when its place or the colours of the page change; the arrow keys move from year to
 * year as the pointer does.
 *
 * @param {HTMLElement} place
 * @param {(year: number | null) => void} onYear the year under the pointer, or null
 */
export function createFan(place, onYear) {
  let chart = null;
  let years = [];

  const draw = () => {
    if (years.length === 0) return;
    const kept = chart?.cursor.idx ?? null;
    chart?.destroy();
    chart = new uPlot(optionsOf(place, onYear), columnsOf(years), place);
    if (kept !== null) moveTo(kept);
  };

  const moveTo = (year) => {
    const index = Math.max(0, Math.min(years.length - 1, year));
    chart.setCursor({ left: chart.valToPos(index, 'x'), top: chart.valToPos(years[index].p50, 'y') });
  };

  place.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, PageUp: 5, PageDown: -5 }[event.key];
    const end = { Home: 0, End: years.length - 1 }[event.key];
    if (chart === null || (step === undefined && end === undefined)) return;
    event.preventDefault();
    moveTo(end ?? (chart.cursor.idx ?? 0) + step);
  });
  place.addEventListener('blur', () => chart?.setCursor({ left: -10, top: -10 }));
  new ResizeObserver(() => chart?.setSize(sizeOf(place))).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);

  return {
    show(next) {
      const isAlike = next.length === years.length;
      years = next;
      if (chart === null || !isAlike) draw();
      else chart.setData(columnsOf(years));
    },
  };
}

const columnsOf = (years) =>
  ['year', 'p5', 'p95', 'p25', 'p75', 'p50'].map((name) => years.map((each) => each[name]));

const sizeOf = (place) => ({ width: place.clientWidth, height: place.clientHeight });

function optionsOf(place, onYear) {
  const style = getComputedStyle(place);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--quiet'),
    font: `12px ${style.fontFamily}`,
    ticks: { show: false },
    grid: { stroke: colour('--line'), width: 1 },
  };
  const edge = { stroke: 'transparent', points: { show: false } };
  return {
    ...sizeOf(place),
    padding: [10, 14, 0, 0],
    pxAlign: 0,
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { show: false },
      // Years are whole: the line stands on one, never between two.
      move: (chart, left, top) => [left < 0 ? left : chart.valToPos(chart.posToIdx(left), 'x'), top],
    },
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(most, 1) * 1.04] } },
    axes: [
      {
        ...axis,
        size: 30,
        grid: { show: false },
        values: (_, ticks) => ticks.map((each) => (Number.isInteger(each) ? each : '')),
      },
      { ...axis, size: 62, values: (_, ticks) => ticks.map(shortDollars) },
    ],
    series: [{}, edge, edge, edge, edge, { stroke: colour('--accent'), width: 2.5, points: { show: false } }],
    bands: [
      { series: [2, 1], fill: colour('--outer') },
      { series: [4, 3], fill: colour('--inner') },
    ],
    hooks: { setCursor: [(chart) => onYear(chart.cursor.idx ?? null)] },
  };
}
