import { createSystemClock } from '../common/clock.ts';
import { openDatabase } from '../common/database.ts';
import { createLog } from '../common/log.ts';
import { createMetrics } from '../common/metrics.ts';
import { postgresProtocols, readSettings, url } from '../common/settings.ts';
import { migrate, readMigrations } from './migrations.ts';

/** Applies the migrations and ends: for places where that is a step of its own, in a window of its own. */
const read = readSettings({ databaseUrl: url('DATABASE_URL', postgresProtocols) }, process.env);
const log = createLog({
  clock: createSystemClock(),
  level: 'info',
  base: { service: 'migrate' },
  secrets: 'secrets' in read ? read.secrets : [],
  write: (line) => void process.stdout.write(`${line}\n`),
});

if ('problems' in read) {
  for (const sentence of read.problems) log.error(sentence);
  process.exitCode = 2;
} else {
  const database = openDatabase({
    url: read.values.databaseUrl,
    poolSize: 1,
    name: 'journal-migrate',
    metrics: createMetrics(),
    onLost: (reason) => log.warning('a connection was lost', { reason }),
  });
  try {
    const migrated = await migrate(database, await readMigrations());
    if (migrated.ok) log.info('migrated', { applied: migrated.value });
    else log.error(migrated.detail);
    process.exitCode = migrated.ok ? 0 : 1;
  } catch (reason) {
    log.error('the migrations were not applied', { reason });
    process.exitCode = 1;
  } finally {
    await database.close();
  }
}
