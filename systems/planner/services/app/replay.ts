import { createInterface } from 'node:readline';
import { createLog, messageOf, postgresProtocols, readConfig, systemClock, url } from 'fairway-kit';
import { createDatabase } from 'fairway-kit/postgres';
import { planSchema } from './api/limits.ts';
import { simulate } from './engine/simulate.ts';
import { withoutTitle } from './planner.ts';
import { idOf, simulationOf } from './simulations.ts';
import { createPostgresStore } from './store/postgres.ts';
import type { PlannerStore } from './store/store.ts';

/** What a replay did with the lines it was given. */
export interface Replayed {
  readonly lines: number;
  readonly made: number;
  readonly same: number;
  readonly different: readonly string[];
}

/**
 * Makes again what the audit log tells of and the store has lost: a plan has one outcome, so the log is enough. What is there is
 * compared; nothing is ever overwritten.
 *
 * @param lines of the log or of the archive, JSON each; those without a plan are passed over
 * @param verifyOnly makes nothing, and counts what is missing as different
 */
export async function replay(
  lines: AsyncIterable<string>,
  store: PlannerStore,
  { verifyOnly }: { readonly verifyOnly: boolean },
): Promise<Replayed> {
  const schema = planSchema(10_000);
  const seen = new Set<string>();
  const different: string[] = [];
  let [made, same] = [0, 0];
  for await (const line of lines) {
    const read = schema.safeParse(planIn(line));
    if (!read.success || seen.has(idOf(read.data))) continue;
    const plan = withoutTitle(read.data);
    const id = idOf(plan);
    seen.add(id);
    const json = Buffer.from(JSON.stringify(simulationOf(plan, simulate(plan))));
    const kept = await store.find(id);
    if (kept?.equals(json) === true) same++;
    else if (kept !== null || verifyOnly) different.push(id);
    else {
      await store.keep(id, json);
      made++;
    }
  }
  return { lines: seen.size, made, same, different };
}

/** Only what was done: a plan that was refused or failed has no outcome. */
function planIn(line: string): unknown {
  try {
    const { plan, success } = JSON.parse(line) as { plan?: unknown; success?: unknown };
    return success === true ? plan : undefined;
  } catch {
    return undefined; // a log has other lines too
  }
}

if (import.meta.main) {
  const read = readConfig({ databaseUrl: url('DATABASE_URL', postgresProtocols) });
  if (!read.ok) {
    process.stderr.write(`${read.problems.join('\n')}\n`);
    process.exit(2);
  }
  const write = (line: string) => void process.stderr.write(`${line}\n`);
  const log = createLog({
    level: 'warning',
    format: 'plain',
    base: {},
    secrets: read.secrets,
    clock: systemClock,
    write,
  });
  const database = createDatabase({ url: read.values.databaseUrl, poolSize: 1 }, { log });
  const lines = createInterface({ input: process.stdin });
  try {
    const found = await replay(lines, createPostgresStore(database), {
      verifyOnly: process.argv.includes('--verify'),
    });
    process.stdout.write(`${JSON.stringify(found)}\n`);
    process.exitCode = found.different.length === 0 ? 0 : 1;
  } catch (reason) {
    process.stderr.write(`${messageOf(reason)}\n`);
    process.exitCode = 1;
  }
  await database.close();
}
