import type { Findings } from '../bench.ts';
import { loadProgram } from '../generator/index.ts';
import { busyWarning, type Machine } from '../machine.ts';
import { latencyOf } from '../measure/load.ts';
import { median } from '../statistics.ts';
import { failed, present, type Report } from './report.ts';
import { table } from './table.ts';

export function asMarkdown(report: Report): string {
  const { findings, missing, options } = report;
  const sections = [
    head(report),
    saturationTable(findings),
    ...options.rates.map((rate) => rateTable(findings, rate)),
    switchTable(findings),
    routesTable(findings),
    socketsTable(findings),
    missing.length === 0 ? null : `Not measured:\n${missing.map((each) => `- ${each}`).join('\n')}`,
    `What they did:\n${findings.map(({ candidate }) => `- ${candidate.title}: ${candidate.does}`).join('\n')}`,
  ];
  return `${sections.filter((each) => each !== null).join('\n\n')}\n`;
}

function head({ options, machine, servedBy, seconds }: Report): string {
  const { rounds, seconds: each } = options;
  const sentences = [
    facts(machine),
    `Medians of ${rounds} rounds of ${each} s, every second one in reversed order; services by ${servedBy}, requests without a cookie; load, services and proxies share the processors. ${Math.round(seconds)} s in all.`,
    busyWarning(machine),
  ];
  return sentences.filter((sentence) => sentence !== null).join('\n\n');
}

function facts({ processors, model, kernel, memoryGigabytes, loadAverage, openFiles, versions }: Machine) {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version ?? 'absent'}`);
  return `${processors} × ${model}, ${memoryGigabytes} GB, ${kernel}; ${named.join(', ')}; load average ${loadAverage.toFixed(2)} at the start; ${openFiles} open files per process.`;
}

function saturationTable(all: readonly Findings[]): string | null {
  const measured = all.filter(({ saturation }) => saturation.length > 0);
  if (measured.length === 0) return null;
  const rate = ({ saturation }: Findings) => median(saturation.map(({ perSecond }) => perSecond));
  const processor = ({ saturation }: Findings) =>
    median(present(saturation.map((sample) => sample.processor)));
  const reference = measured.find(({ candidate }) => candidate.name === 'haproxy');
  const ratio = (of: (findings: Findings) => number, findings: Findings) =>
    reference === undefined ? Number.NaN : of(findings) / of(reference);
  const rows = measured.map((findings) => {
    const rates = findings.saturation.map(({ perSecond }) => perSecond);
    const { usage } = findings;
    return [
      findings.candidate.title,
      whole(rate(findings)),
      `${whole(Math.min(...rates))}–${whole(Math.max(...rates))}`,
      fixed(ratio(rate, findings), 2),
      fixed(processor(findings), 1),
      fixed(ratio(processor, findings), 2),
      megabytes(usage?.proportional ?? null),
      megabytes(usage?.resident ?? null),
      String(failed(findings.saturation)),
    ];
  });
  return `### At saturation: 32 connections by ${loadProgram}\n\n${table(
    ['', 'requests/s', 'range', '÷ HAProxy', 'CPU µs/request', '÷ HAProxy', 'PSS MB', 'RSS MB', 'failed'],
    rows,
  )}`;
}

function rateTable(all: readonly Findings[], rate: number): string | null {
  const measured = all.flatMap((findings) => {
    const rounds = findings.rates.get(rate) ?? [];
    return rounds.length === 0 ? [] : [{ title: findings.candidate, rounds, latency: latencyOf(rounds) }];
  });
  if (measured.length === 0) return null;
  const reference = measured.find(({ title }) => title.name === 'haproxy')?.latency;
  const rows = measured.map(({ title, rounds, latency: { p50, p99, p999 } }) => [
    title.title,
    whole(p50),
    whole(p99),
    whole(p999),
    fixed(p50 / (reference?.p50 ?? Number.NaN), 2),
    fixed(p99 / (reference?.p99 ?? Number.NaN), 2),
    fixed(median(present(rounds.map(({ processor }) => processor))), 1),
    whole(median(rounds.map(({ ownDelay }) => ownDelay))),
    String(failed(rounds)),
  ]);
  return `### At ${whole(rate)} requests/s: µs from the time a request was due (p99.9 over all rounds together)\n\n${table(
    [
      '',
      'p50',
      'p99',
      'p99.9',
      'p50 ÷ HAProxy',
      'p99 ÷ HAProxy',
      'CPU µs/request',
      'of it late by us, p99',
      'failed',
    ],
    rows,
  )}`;
}

function switchTable(all: readonly Findings[]): string | null {
  const measured = all.flatMap(({ candidate, switches: { small, large }, routes }) => [
    { title: `${candidate.title}, 1 route`, runs: small },
    { title: `${candidate.title}, ${routes?.count ?? ''} routes`, runs: large },
  ]);
  const rows = measured
    .filter(({ runs }) => runs.length > 0)
    .map(({ title, runs }) => [
      title,
      whole(median(runs.map(({ steady }) => steady))),
      whole(median(runs.map(({ around }) => around))),
      fixed(median(runs.map(({ ratio }) => ratio)), 2),
      fixed(median(runs.map(({ control }) => control)), 2),
      whole(Math.max(...runs.map(({ slowest }) => slowest))),
      fixed(median(runs.map(({ took }) => took)), 1),
      String(failed(runs)),
    ]);
  if (rows.length === 0) return null;
  return `### Weights 90/10 → 50/50 under 1,000 requests/s: p99, µs, in the 2 s around the switch (goal: ≤ 1.5 × steady)\n\n${table(
    ['', 'steady', 'around', 'ratio', 'ratio of two steady spans', 'slowest', 'in force after ms', 'failed'],
    rows,
  )}`;
}

function routesTable(all: readonly Findings[]): string | null {
  const rows = all.flatMap(({ candidate, routes }) =>
    routes === null
      ? []
      : [
          [
            candidate.title,
            whole(routes.count),
            fixed(routes.firstTable, 0),
            fixed(routes.changedTable, 0),
            fixed(routes.processorOfOne, 1),
            fixed(routes.processorOfAll, 1),
            whole(routes.p99OfOne),
            whole(routes.p99OfAll),
          ],
        ],
  );
  if (rows.length === 0) return null;
  const columns = [
    '',
    'routes',
    'first table ms',
    'all weights changed ms',
    'CPU µs/request, 1 route',
    'all',
    'p99 µs, 1 route',
    'all',
  ];
  return `### A large table: requests by 64 of the routes, 2,000/s\n\n${table(columns, rows)}`;
}

function socketsTable(all: readonly Findings[]): string | null {
  const rows = all.flatMap(({ candidate, sockets }) =>
    sockets === null
      ? []
      : [
          [
            candidate.title,
            `${whole(sockets.opened)} of ${whole(sockets.wanted)}`,
            sockets.bytesEach === null ? '–' : fixed(sockets.bytesEach / 1_024, 1),
            whole(sockets.perSecond),
            `${sockets.echoed} of ${sockets.asked}`,
            sockets.reason ?? '',
          ],
        ],
  );
  if (rows.length === 0) return null;
  return `### Idle WebSockets\n\n${table(['', 'opened', 'KiB each', 'opened per second', 'echoes', 'why not all'], rows)}`;
}

const whole = (value: number) => (Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '–');
const fixed = (value: number | null, digits: number) =>
  value !== null && Number.isFinite(value) ? value.toFixed(digits) : '–';
const megabytes = (bytes: number | null) => (bytes === null ? '–' : fixed(bytes / 1_048_576, 0));
