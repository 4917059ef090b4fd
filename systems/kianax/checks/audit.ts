import { messageOf, postgresProtocols, readConfig, url } from 'fairway-kit';
import pg from 'pg';
import { verifyChain } from '../services/trading/audit.ts';
import { entriesOfSubject, subjects } from '../services/trading/audit-store.ts';

/** Verifies the audit of everybody, also of users that are gone: nothing was changed, nothing is missing in between. */

const read = readConfig({ databaseUrl: url<string>('DATABASE_URL', postgresProtocols) });
if (read.ok)
  await verifyAll(read.values.databaseUrl).catch((reason: unknown) => end(0, 1, messageOf(reason)));
else end(0, 1, read.problems.join(' '));

async function verifyAll(connectionString: string): Promise<void> {
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
  const detail =
    broken.length === 0 ? `${entries} entries are unbroken` : `broken: ${broken.slice(0, 5).join(', ')}`;
  end(entries, broken.length, detail);
}

/** One line of JSON, and 0 for green. */
function end(value: number, broken: number, detail: string): void {
  process.stdout.write(`${JSON.stringify({ ok: broken === 0, value, limit: 0, unit: 'entries', detail })}\n`);
  process.exitCode = broken === 0 ? 0 : 1;
}
