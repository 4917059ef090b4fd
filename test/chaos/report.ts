import type { Walk } from './walk.ts';

/** A line per killed effect: which, how far it was, how long nobody was in charge, what the load met. */
export function tableOf(walks: readonly Walk[]): string {
  const rows = walks.map(({ killed, downtime, takeover, repeated, requests, failed, took }, index) => [
    killed?.name ?? String(index + 1),
    killed === null ? '-' : `${killed.effect} ${subject(killed.ask)}`,
    killed?.detail ?? '-',
    downtime === null ? '-' : `${downtime} ms`,
    takeover === null ? '-' : `${takeover} ms`,
    String(repeated),
    String(requests),
    String(failed),
    `${(took / 1_000).toFixed(1)} s`,
  ]);
  const all = [
    [
      '#',
      'killed at',
      'moment',
      'nobody in charge',
      'of it taking over',
      'begun again',
      'requests',
      'failed',
      'took',
    ],
    ...rows,
  ];
  const widths = all.reduce<readonly number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, cell.length)),
    [],
  );
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

/** As the trace has it, see `mortalTarget`. */
interface Subject {
  readonly revision?: string;
  readonly job?: string;
  readonly count?: number;
  readonly active?: number;
  readonly keep?: number;
  readonly routes?: readonly { readonly arms: readonly { readonly weight: number }[] }[];
}

function subject(ask: unknown): string {
  const { revision, job, count, active, keep, routes = [] } = ask as Subject;
  const name = (revision ?? job ?? '').replace(/-[0-9a-f]+$/, '');
  const shares = routes.map(({ arms }) => arms.map(({ weight }) => weight).join('/'));
  return [name, count ?? active ?? keep ?? '', ...shares].filter((each) => each !== '').join(' ');
}
