import { postgresProtocols, runCheck, url } from 'fairway-kit/check';
import pg from 'pg';
import { verifyChain } from '../services/trading/audit.ts';
import { entriesOfSubject, subjects } from '../services/trading/audit-store.ts';

/** Verifies the audit of everybody, also of users that are gone: nothing was changed, nothing is missing in between. */
await runCheck({
  settings: { databaseUrl: url('DATABASE_URL', postgresProtocols) },
  limit: 0,
  unit: 'entries',
  deadline: 25_000,
  work: ({ settings }) => verifyAll(settings.databaseUrl),
});

async function verifyAll(connectionString: string) {
  const client = new pg.Client({ connectionString, statement_timeout: 20_000 });
  await client.connect();
  const db = {
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await client.query(text, [...values])).rows as Row[],
  };
  let entries = 0;
  const broken: string[] = [];
  for (const subject of await subjects(db)) {
    const verdict = verifyChain(await entriesOfSubject(db, subject));
    if (verdict.intact) entries += verdict.entries;
    else broken.push(`${subject} at entry ${verdict.sequence} (${verdict.problem})`);
  }
  await client.end();
  const isIntact = broken.length === 0;
  const detail = isIntact ? `${entries} entries are unbroken` : `broken: ${broken.slice(0, 5).join(', ')}`;
  return { ok: isIntact, value: entries, detail };
}
