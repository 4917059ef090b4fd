import { bounds } from './intervals.ts';
import { referenceFigures } from './reference-figures.ts';
import { type GateName, gates } from './run-once.ts';
import type { Group, Scenario } from './scenarios.ts';
import { type Standing, standingOfMedian, standingOfShare, type Summary } from './summary.ts';

export interface Result {
  readonly scenario: Scenario;
  readonly gates: Readonly<Record<GateName, Summary>>;
}

/** The whole report in Markdown. */
export function reportOf(results: readonly Result[]): string {
  const of = (group: Group) => results.filter(({ scenario }) => scenario.group === group);
  const sections: readonly (readonly [string, string])[] = [
    ['False rollbacks of good releases, % of runs', falseRollbacks(of('good'))],
    ['Good releases under our gate', goodReleases(of('good'))],
    ['Worse error shares: found %, median/p95 s, failed requests', harms(of('errors'))],
    ['Slower answers: found %, median/p95 s, requests of the canary', harms(of('latency'))],
    ['Special conditions: rolled back %, median/p95 s, failed requests', harms(of('conditions'))],
    ['Our figures beside the published ones', standings(results)],
  ];
  return sections
    .filter(([, table]) => table !== '')
    .map(([title, table]) => `### ${title}\n\n${table}\n`)
    .join('\n');
}

function falseRollbacks(results: readonly Result[]): string {
  if (results.length === 0) return '';
  const rows = gates.map((gate) => {
    const hits = sumOf(results.map((result) => result.gates[gate].rollbacks));
    const runs = sumOf(results.map((result) => result.gates[gate].runs));
    const { upper } = bounds(hits, runs, 0.9);
    const all = `${hits} of ${runs}, surely below ${number(100 * upper)} %`;
    return [gate, ...results.map((result) => number(result.gates[gate].rollback)), all];
  });
  return table(['gate', ...results.map(({ scenario }) => scenario.id), 'all cells (95 %)'], rows);
}

function goodReleases(results: readonly Result[]): string {
  if (results.length === 0) return '';
  const rows = results.flatMap(({ scenario, gates: { fairway, 'fairway 5 s': slower } }) =>
    [
      { name: 'fairway', of: fairway },
      { name: 'fairway 5 s', of: slower },
    ].map(({ name, of }) => [
      scenario.id,
      name,
      number(of.early),
      number(of.held),
      number(of.rollback),
      `${seconds(of.promoteMedian)}/${seconds(of.promoteP95)}`,
      number(of.exposed),
    ]),
  );
  const head = ['traffic', 'gate', 'promoted early %', 'held %', 'rolled back %', 'promoted median/p95 s'];
  return table([...head, 'requests of the canary'], rows);
}

function harms(results: readonly Result[]): string {
  if (results.length === 0) return '';
  const rows = results.map((result) => [
    result.scenario.id,
    ...gates.map((gate) => cell(result.gates[gate], result.scenario.group === 'latency')),
  ]);
  return table(['scenario', ...gates], rows);
}

function cell(summary: Summary, exposed: boolean): string {
  const held = summary.held > 0 ? ` (+${number(summary.held)} held)` : '';
  const cost = number(exposed ? summary.exposed : summary.failed);
  return `${number(summary.rollback)}${held} ${seconds(summary.median)}/${seconds(summary.p95)}, ${cost}`;
}

/** Reached: the published figure lies in the 95 % interval of ours. */
function standings(results: readonly Result[]): string {
  const tally: Record<Standing, number> = { beaten: 0, reached: 0, missed: 0 };
  const rows = results.flatMap(({ scenario, gates: { fairway } }) => {
    const published = referenceFigures[scenario.id];
    if (published === undefined) return [];
    const good = scenario.harm === undefined;
    const share = standingOfShare(fairway.rollbacks, fairway.runs, published.rollback, good);
    const time = good ? null : standingOfMedian(fairway.rollbackTimes, published);
    for (const standing of [share, time]) if (standing) tally[standing] += 1;
    const promoted = scenario.group === 'good';
    return [
      [
        scenario.id,
        `${number(fairway.rollback)} / ${number(published.rollback)}`,
        share,
        promoted
          ? `promoted ${seconds(fairway.promoteMedian)} / ${seconds(published.promoteMedian ?? null)}`
          : good
            ? ''
            : `${seconds(fairway.median)} / ${seconds(published.median ?? null)}`,
        time ?? '',
        costs(fairway, published),
      ],
    ];
  });
  const head = [
    'scenario',
    'rolled back %, ours / published',
    '',
    'median s, ours / published',
    '',
    'cost, ours / published',
  ];
  const summary = `${tally.beaten} beaten, ${tally.reached} reached, ${tally.missed} missed (outside the 95 % interval of these runs)`;
  return rows.length === 0 ? '' : `${table(head, rows)}\n\n${summary}`;
}

function costs(ours: Summary, published: { readonly failed?: number; readonly exposed?: number }): string {
  if (published.failed !== undefined) return `${number(ours.failed)} / ${number(published.failed)} failed`;
  if (published.exposed !== undefined) return `${number(ours.exposed)} / ${number(published.exposed)} asked`;
  return '';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const sumOf = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const seconds = (value: number | null) => (value === null ? '—' : String(Math.round(value)));
const number = (value: number) =>
  value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
