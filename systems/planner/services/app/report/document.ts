import PDFDocument from 'pdfkit';
import { type Analysis, dollars, inHundred } from '../analysis.ts';
import type { TitledPlan } from '../api/limits.ts';
import type { Simulation } from '../simulations.ts';
import { colours, drawFan, drawLasting } from './charts.ts';
import { keywordOf } from './plan-inside.ts';

/** What a report is made of. */
export interface ReportInput {
  readonly plan: TitledPlan;
  readonly simulation: Simulation;
  readonly analysis: Analysis;
  /** Milliseconds since 1970, for the date on the report. */
  readonly at: number;
}

const margin = 56;
const width = 595.28 - 2 * margin;

/** The report as a PDF of two pages, A4, with charts of vectors and text that can be searched. */
export async function renderReport({ plan, simulation, analysis, at }: ReportInput): Promise<Uint8Array> {
  const title = plan.title === '' ? 'Retirement plan' : plan.title;
  const page = new PDFDocument({
    size: 'A4',
    margin,
    lang: 'en',
    displayTitle: true,
    info: { Title: title, Producer: 'planner', Keywords: keywordOf(plan), CreationDate: new Date(at) },
  });
  const parts: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => {
    page.on('data', (part: Buffer) => parts.push(part));
    page.on('end', resolve);
    page.on('error', reject);
  });

  writeHead(page, title, at);
  writeAnswer(page, simulation, analysis);
  writePlan(page, plan);
  const fan = heading(page, 'What may become of the portfolio', 'In today’s dollars, after inflation.');
  drawFan(page, simulation.years, { x: margin + 44, y: fan, width: width - 44, height: 225 });
  page.y = fan + 258;
  const lasting = heading(page, 'How long the money lasts', 'Futures that have paid for every year so far.');
  drawLasting(page, simulation.years, { x: margin + 44, y: lasting, width: width - 44, height: 110 });
  page.addPage();
  writeList(page, 'What the figures say', analysis.findings);
  writeList(
    page,
    'What would change it',
    analysis.suggestions.map(({ text }) => text),
  );
  writeTable(page, simulation);
  writeFoot(page, plan);
  page.end();
  await done;
  return Buffer.concat(parts);
}

function writeHead(page: PDFKit.PDFDocument, title: string, at: number): void {
  const day = new Date(at).toISOString().slice(0, 10);
  page.font('Helvetica').fontSize(9).fillColor(colours.quiet).text(`Retirement plan, ${day}`);
  page
    .moveDown(0.4)
    .font('Helvetica-Bold')
    .fontSize(20)
    .fillColor(colours.ink)
    .text(printable(title), { width });
}

function writeAnswer(page: PDFKit.PDFDocument, { success }: Simulation, analysis: Analysis): void {
  const colour = success >= 0.85 ? colours.middle : colours.bad;
  page.moveDown(0.8).font('Helvetica-Bold').fontSize(34).fillColor(colour);
  page.text(inHundred(success).replace(/ futures?$/, ''));
  page.font('Helvetica').fontSize(11).fillColor(colours.ink).text(analysis.headline, { width });
}

function writePlan(page: PDFKit.PDFDocument, plan: TitledPlan): void {
  const facts = [
    ['Portfolio', dollars(plan.portfolio)],
    ['Spending a year', dollars(plan.spending)],
    ['Years', String(plan.years)],
    ['In shares', `${plan.equity} %`],
    ['Inflation', `${plan.inflation} %`],
  ] as const;
  page.moveDown(1.2);
  const top = page.y;
  for (const [index, [name, value]] of facts.entries()) {
    const x = margin + (index * width) / facts.length;
    page.font('Helvetica').fontSize(8).fillColor(colours.quiet).text(name, x, top, { lineBreak: false });
    page
      .font('Helvetica-Bold')
      .fontSize(11)
      .fillColor(colours.ink)
      .text(value, x, top + 12, { lineBreak: false });
  }
  page.x = margin;
  page.y = top + 32;
}

/** @returns where the chart below may begin */
function heading(page: PDFKit.PDFDocument, title: string, below: string): number {
  page.moveDown(0.8).font('Helvetica-Bold').fontSize(13).fillColor(colours.ink).text(title, margin);
  page.font('Helvetica').fontSize(9).fillColor(colours.quiet).text(below).moveDown(1);
  return page.y;
}

function writeList(page: PDFKit.PDFDocument, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  page.font('Helvetica-Bold').fontSize(13).fillColor(colours.ink).text(title, margin);
  page.moveDown(0.3).font('Helvetica').fontSize(10);
  for (const line of lines) page.text(line, margin, page.y, { width, lineGap: 1.5 }).moveDown(0.35);
  page.moveDown(0.9);
}

/** The figures behind the fan, about ten years of them. */
function writeTable(page: PDFKit.PDFDocument, { years }: Simulation): void {
  const step = Math.max(1, Math.ceil((years.length - 1) / 8));
  const chosen = years.filter(({ year }) => year % step === 0 || year === years.length - 1);
  const columns = [
    'Year',
    'Worst tenth',
    'Lower quarter',
    'Median',
    'Upper quarter',
    'Best tenth',
    'Lasting',
  ];
  const rows = chosen.map(({ year, p10, p25, p50, p75, p90, lasting }) => [
    String(year),
    ...[p10, p25, p50, p75, p90].map(dollars),
    `${Math.round(100 * lasting)} %`,
  ]);
  page.font('Helvetica-Bold').fontSize(13).fillColor(colours.ink).text('The figures', margin);
  page.moveDown(0.4);
  for (const [index, row] of [columns, ...rows].entries()) {
    const top = page.y;
    page
      .font('Helvetica')
      .fontSize(8.5)
      .fillColor(index === 0 ? colours.quiet : colours.ink);
    for (const [column, cell] of row.entries())
      page.text(cell, margin + (column * width) / row.length, top, {
        width: width / row.length - 4,
        align: column === 0 ? 'left' : 'right',
        lineBreak: false,
      });
    page.y = top + 13;
  }
}

function writeFoot(page: PDFKit.PDFDocument, { scenarios, seed }: TitledPlan): void {
  const words = `${scenarios.toLocaleString('en-US')} scenarios of lognormal yearly returns of shares, bonds and inflation, seed ${seed}. An estimate under assumptions, no promise and no advice.`;
  page
    .font('Helvetica')
    .fontSize(8)
    .fillColor(colours.quiet)
    .text(words, margin, 841.89 - margin - 22, { width });
}

/** The fonts that every PDF reader has know Western European letters; others would come out as noise. */
const printable = (text: string) => text.replaceAll(/[^\u0020-\u007e\u00a0-\u00ff‘’“”–—…•€]/gu, '?');
