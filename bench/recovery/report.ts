import type { Machine } from '../router/machine.ts';

export interface Measured {
  readonly name: string;
  readonly kind: 'plain' | 'sealed';
  readonly checks: boolean;
  readonly storedBytes: number;
  /** Medians of the rounds. */
  readonly backup: Cost;
  readonly restore: Cost;
}

export interface Cost {
  readonly seconds: number;
  /** Of who copies and of the server's session that gives the data; a busy machine does not change it much. */
  readonly processorSeconds: number;
}

/** Commits while something else went on; medians of the rounds, milliseconds. */
export interface Loaded {
  readonly name: string;
  readonly commits: number;
  readonly p50: number;
  readonly p99: number;
}

interface About {
  readonly machine: Machine;
  readonly server: string;
  readonly pgBackRest: string | null;
  readonly bytes: number;
  readonly rounds: number;
  readonly load: { readonly seconds: number; readonly rate: number };
}

/** As Markdown: the first row of each table is what the ratios are of. */
export function report(about: About, measured: readonly Measured[], loaded: readonly Loaded[]): string {
  const { machine, bytes, rounds, load } = about;
  const megabytes = (of: number) => `${Math.round(of / 1e6)} MB`;
  const [first] = measured;
  const [quiet] = loaded;
  return [
    `${megabytes(bytes)} of PostgreSQL ${about.server}; pgBackRest ${about.pgBackRest ?? 'not found'}; ` +
      `${machine.processors} processors (${machine.model}); medians of ${rounds} rounds.`,
    ...warning(machine),
    '',
    `| way | stored | ${costs('backup')} | ${costs('restore')} | restore checks content |`,
    `|---|${'--:|'.repeat(9)}---|`,
    ...measured.map(({ name, checks, storedBytes, backup, restore }) =>
      row([
        name,
        megabytes(storedBytes),
        ...cellsOf(backup, bytes, first?.backup),
        ...cellsOf(restore, bytes, first?.restore),
        checks ? 'yes' : 'no',
      ]),
    ),
    '',
    `8 clients, ${load.rate} commits a second for ${load.seconds} s, while copies are made one after another:`,
    '',
    '| meanwhile | commits | p50 | p99 | of the p99 without |',
    '|---|--:|--:|--:|--:|',
    ...loaded.map(({ name, commits, p50, p99 }) =>
      row([name, String(commits), `${p50.toFixed(2)} ms`, `${p99.toFixed(1)} ms`, ratio(p99, quiet?.p99)]),
    ),
    '',
  ].join('\n');
}

const costs = (what: string) => `${what} | MB/s | time to the first's | processor time`;

const cellsOf = ({ seconds, processorSeconds }: Cost, bytes: number, first: Cost | undefined) => [
  `${seconds.toFixed(2)} s`,
  String(Math.round(bytes / 1e6 / seconds)),
  ratio(seconds, first?.seconds),
  `${processorSeconds.toFixed(2)} s`,
];

const ratio = (own: number, other = Number.NaN) => `${(own / other).toFixed(2)}×`;

function warning({ busyBefore, loadAverage, processors }: Machine): readonly string[] {
  const isBusy = (busyBefore ?? 0) > 0.15 || loadAverage > processors / 2;
  if (!isBusy) return [];
  const said = `The machine was busy with something else (load average ${loadAverage.toFixed(1)})`;
  return ['', `${said}: times and latencies are noise, the processor time is what can be compared.`];
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
