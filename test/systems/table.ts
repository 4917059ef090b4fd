import { table } from '../../src/cli/table.ts';
import { besideDeclared } from './drilled.ts';
import type { Story } from './prove.ts';

const columns: readonly (readonly [string, (story: Story) => string])[] = [
  ['system', ({ system }) => system],
  ['services', ({ services, replicas }) => `${services} (${replicas} replicas)`],
  ['stores', ({ stores }) => String(stores)],
  ['up', ({ up }) => `${(up / 1_000).toFixed(1)} s`],
  ['checks', ({ checks }) => `${checks} green`],
  ['RTO / declared', ({ drill }) => besideDeclared(drill.rto, drill.rtoDeclared)],
  ['RPO / declared', ({ drill }) => besideDeclared(drill.rpo, drill.rpoDeclared)],
  ['canary', ({ good }) => good.outcome],
  ['requests', ({ good }) => String(good.requests)],
  ['failed', ({ good }) => String(good.failed)],
  ['bad version', ({ bad }) => bad.outcome],
  ['its users hurt', ({ bad }) => `${bad.hurt} of ${bad.requests}`],
  ['others hurt', ({ bad }) => String(bad.failedElsewhere)],
];

/** One line per system, in columns. */
export function tableOf(stories: readonly Story[]): string {
  const rows = [
    columns.map(([title]) => title),
    ...stories.map((story) => columns.map(([, cell]) => cell(story))),
  ];
  return table(rows).join('\n');
}
