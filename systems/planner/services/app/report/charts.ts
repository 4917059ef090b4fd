import type { SimulatedYear } from '../simulations.ts';
import { shortDollars, ticksUpTo } from './axis.ts';

/** Where a chart stands on its page, in points. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const colours = {
  ink: '#1c2733',
  quiet: '#667482',
  line: '#d9dfe5',
  outer: '#d3e3ee',
  inner: '#9cc3db',
  middle: '#0f5e86',
  bad: '#b4472f',
} as const;

/** The fan: from the 5th to the 95th percentile, within it the middle half, and the median as a line. */
export function drawFan(page: PDFKit.PDFDocument, years: readonly SimulatedYear[], box: Box): void {
  const scale = scaleOf(years, Math.max(...years.map(({ p95 }) => p95), 1), box);
  drawGrid(page, scale, shortDollars);
  const band = (low: keyof SimulatedYear, high: keyof SimulatedYear, colour: string) => {
    const up = years.map((each) => [scale.x(each.year), scale.y(each[high])] as const);
    const down = years.map((each) => [scale.x(each.year), scale.y(each[low])] as const).toReversed();
    drawPath(page, [...up, ...down]);
    page.closePath().fill(colour);
  };
  band('p5', 'p95', colours.outer);
  band('p25', 'p75', colours.inner);
  drawPath(
    page,
    years.map((each) => [scale.x(each.year), scale.y(each.p50)]),
  );
  page.lineWidth(1.8).stroke(colours.middle);
  drawLegend(page, box);
}

/** How many of a hundred scenarios have money left, year by year. */
export function drawLasting(page: PDFKit.PDFDocument, years: readonly SimulatedYear[], box: Box): void {
  const scale = scaleOf(years, 100, box);
  drawGrid(page, scale, (value) => `${value} %`);
  const points = years.map((each) => [scale.x(each.year), scale.y(100 * each.lasting)] as const);
  drawPath(page, [...points, [scale.x(years.length - 1), scale.y(0)], [scale.x(0), scale.y(0)]]);
  page.closePath().fill(colours.outer);
  drawPath(page, points);
  page.lineWidth(1.8).stroke(colours.middle);
}

interface Scale {
  readonly box: Box;
  readonly x: (year: number) => number;
  readonly y: (value: number) => number;
  readonly values: readonly number[];
  readonly years: readonly number[];
}

function scaleOf(years: readonly SimulatedYear[], most: number, box: Box): Scale {
  const values = ticksUpTo(most);
  const top = values.at(-1) ?? most;
  const last = Math.max(years.length - 1, 1);
  return {
    box,
    values,
    years: ticksUpTo(last, 8).filter((year) => Number.isInteger(year) && year <= last),
    x: (year) => box.x + (box.width * year) / last,
    y: (value) => box.y + box.height * (1 - value / top),
  };
}

function drawGrid(page: PDFKit.PDFDocument, scale: Scale, label: (value: number) => string): void {
  const { box } = scale;
  page.font('Helvetica').fontSize(8);
  for (const value of scale.values) {
    const y = scale.y(value);
    page
      .moveTo(box.x, y)
      .lineTo(box.x + box.width, y)
      .lineWidth(0.5)
      .stroke(colours.line);
    page
      .fillColor(colours.quiet)
      .text(label(value), box.x - 50, y - 4, { width: 44, align: 'right', lineBreak: false });
  }
  for (const year of scale.years)
    page.fillColor(colours.quiet).text(String(year), scale.x(year) - 20, box.y + box.height + 6, {
      width: 40,
      align: 'center',
      lineBreak: false,
    });
  page.text('years from now', box.x, box.y + box.height + 18, {
    width: box.width,
    align: 'center',
    lineBreak: false,
  });
}

function drawPath(page: PDFKit.PDFDocument, points: readonly (readonly [x: number, y: number])[]): void {
  for (const [index, [x, y]] of points.entries())
    if (index === 0) page.moveTo(x, y);
    else page.lineTo(x, y);
}

function drawLegend(page: PDFKit.PDFDocument, { x, y }: Box): void {
  const entries = [
    [colours.middle, 'the middle future'],
    [colours.inner, 'half of all futures'],
    [colours.outer, 'nine in ten'],
  ] as const;
  page.font('Helvetica').fontSize(8);
  for (const [index, [colour, words]] of entries.entries()) {
    const top = y + 4 + index * 13;
    page.roundedRect(x + 10, top, 14, 8, 1.5).fill(colour);
    page.fillColor(colours.quiet).text(words, x + 30, top + 0.5, { lineBreak: false });
  }
}
