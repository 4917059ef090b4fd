import { parseArgs } from 'node:util';
import { fail, type Millis, ok, parseDuration, type Result } from '#kernel';
import { phases } from './files.ts';
import type { Ask } from './world.ts';

export const usage =
  'main.ts <expand|backfill|contract> <folder> [--lock-timeout 5s] [--lock-retries 5] [--statement-timeout 5m] [--batch-pause 0ms]';

const options = {
  'lock-timeout': { type: 'string', default: '5s' },
  'lock-retries': { type: 'string', default: '5' },
  'statement-timeout': { type: 'string', default: '5m' },
  'batch-pause': { type: 'string', default: '0ms' },
} as const;

/** Reads the command line and `DATABASE_URL`. Failures: `migration_arguments_invalid`, which never tells the URL. */
export function readAsk(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Result<Ask> {
  const parsed = parse(args);
  if (parsed === null) return wrong('an option that is not known');
  const { values, positionals } = parsed;
  const [first, folder, ...more] = positionals;
  const phase = phases.find((each) => each === first);
  if (phase === undefined || folder === undefined || more.length > 0) return wrong('the phase or the folder');
  const lockTimeout = durationOf(values['lock-timeout']);
  if (lockTimeout === null || lockTimeout === 0) return wrong('--lock-timeout');
  const statementTimeout = durationOf(values['statement-timeout']);
  if (statementTimeout === null || statementTimeout === 0) return wrong('--statement-timeout');
  const batchPause = durationOf(values['batch-pause']);
  if (batchPause === null) return wrong('--batch-pause');
  if (!/^\d{1,3}$/.test(values['lock-retries'])) return wrong('--lock-retries');
  const databaseUrl = env['DATABASE_URL'] ?? '';
  if (databaseUrl === '') return wrong('the variable DATABASE_URL');
  const lockRetries = Number(values['lock-retries']);
  return ok({ phase, folder, databaseUrl, lockTimeout, lockRetries, statementTimeout, batchPause });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch {
    return null; // an option that is not known
  }
}

/** `5min` is taken as well as `5m`: it is what Postgres itself writes. */
function durationOf(text: string): Millis | null {
  const parsed = parseDuration(text.replace(/min$/, 'm'));
  return parsed.ok ? parsed.value : null;
}

const wrong = (what: string) => fail('migration_arguments_invalid', { what, usage });
