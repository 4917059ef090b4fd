import type { BackupPolicy, CanaryStep, Check, Service, Strategy } from '#core/system';
import { formatDuration, unreachable } from '#kernel';
import { masked, maskedWords } from './masked.ts';

/** `canary: 10 % for 5m, 50 % for 10m, then all`. */
export function strategyWords(strategy: Strategy): string {
  switch (strategy.kind) {
    case 'rolling': {
      const { surge, unavailable, settle } = strategy;
      const batch = surge > 0 ? `${surge} more at a time` : `${unavailable} fewer at a time`;
      return `rolling: ${batch}${settle > 0 ? `, each ready for ${formatDuration(settle)} first` : ''}`;
    }
    case 'canary': {
      const by = strategy.by === 'replicas' ? ' of the replicas' : '';
      return `canary: ${[...strategy.steps.map((step) => stepWords(step, by)), ...endWords(strategy)].join(', ')}`;
    }
    case 'blue-green': {
      const preview =
        strategy.preview > 0
          ? [`whole without users for ${formatDuration(strategy.preview)}`]
          : ['whole without users first'];
      const steps = strategy.steps.map((step) => stepWords(step, ''));
      return `blue-green: ${[...preview, ...steps, ...endWords(strategy)].join(', ')}`;
    }
    default:
      return unreachable(strategy);
  }
}

const stepWords = ({ weight, hold }: CanaryStep, by: string) =>
  weight >= 100
    ? `then all${hold > 0 ? `, watched for ${formatDuration(hold)}` : ''}`
    : `${weight} %${by}${hold > 0 ? ` for ${formatDuration(hold)}` : ''}`;

function endWords({ steps, advance }: { steps: readonly CanaryStep[]; advance: 'gate' | 'person' }) {
  const last = steps.at(-1);
  const all = last !== undefined && last.weight >= 100 ? [] : ['then all'];
  return advance === 'person' ? [...all, 'a person ends each step'] : all;
}

/** `every 6h, kept for 14d; log every 1m, back to any moment of 7d; to s3://backups/journal`; null: nothing is declared. */
export function backupWords(policy: BackupPolicy | undefined): string | null {
  if (policy === undefined) return null;
  const { full, longTerm, logEvery, pointInTime, to } = policy;
  const copies =
    full === null
      ? 'copied when somebody asks'
      : `every ${formatDuration(full.every)}, kept for ${formatDuration(full.keep)}`;
  const longer =
    longTerm === null
      ? []
      : [`also every ${formatDuration(longTerm.every)}, kept for ${formatDuration(longTerm.keep)}`];
  const moments = pointInTime === null ? '' : `, back to any moment of ${formatDuration(pointInTime)}`;
  const log = logEvery === null ? [] : [`log every ${formatDuration(logEvery)}${moments}`];
  return [copies, ...longer, ...log, ...(to === null ? [] : [`to ${masked(to)}`])].join('; ');
}

/** What a check looks at. */
export function checkWords({ run }: Check): string {
  return run.kind === 'http'
    ? `GET ${run.path} of ${run.service}, ${run.samples} ${run.samples === 1 ? 'time' : 'times'}, 95 % within ${formatDuration(run.p95)}`
    : commandWords(run.command);
}

/** An argv as one would type it, without the passwords it carries. */
export const commandWords = (command: readonly string[]): string =>
  maskedWords(command)
    .map((word) => (/^[\w./:=@%+,…-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(' ');

/** Its probes by name, those that are declared. */
export const probesOf = ({ probes }: Service): readonly { name: string; path: string }[] =>
  (['startup', 'ready', 'live'] as const).flatMap((name) => {
    const probe = probes[name];
    return probe === null ? [] : [{ name, path: probe.path }];
  });
