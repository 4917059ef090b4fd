/**
 * Copying a PostgreSQL and bringing it back: Fairway's client of BASE_BACKUP, plain and into its repository, beside
 * pg_basebackup and pgBackRest, in one run on one server (Debian's PostgreSQL 15: what pg_basebackup 15 and pgBackRest 2.45
 * can read), and what a copy costs a load that goes on meanwhile. The server notes a SHA-256 of each file for Fairway, for
 * pg_basebackup its usual CRC-32C; pgBackRest makes a SHA-1 itself.
 * `node bench/recovery/run.ts [--size 1GB] [--rounds 3] [--load-seconds 20] [--rate 400] [--json]`
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../router/machine.ts';
import { median } from '../router/statistics.ts';
import { commitsDuring, type Latencies } from './load.ts';
import { findPgBackRest, processorSeconds, serverUser } from './programs.ts';
import { type Cost, type Loaded, type Measured, report } from './report.ts';
import { type Server, startServer } from './server.ts';
import { type Way, waysOf } from './ways.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1GB' },
    rounds: { type: 'string', default: '3' },
    'load-seconds': { type: 'string', default: '20' },
    rate: { type: 'string', default: '400' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const loadFor = { seconds: Number(values['load-seconds']), rate: Number(values.rate) };

const machine = await describeMachine();
const root = mkdtempSync(join(tmpdir(), 'fairway-bench-recovery-'));
let server: Server | null = null;
const end = async () => {
  await server?.stop();
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void end().finally(() => process.exit(130)));
try {
  const user = await serverUser();
  server = await startServer(root, user, bytesOf(values.size));
  const backrest = await findPgBackRest(root);
  const ways = waysOf(server, user, backrest);
  const measured = await copyInRounds(server, ways);
  const loaded = await loadInRounds(server, ways);
  const about = {
    machine,
    server: (await server.sql('SHOW server_version')).trim(),
    pgBackRest: backrest?.version ?? null,
    bytes: server.bytes,
    rounds,
    load: loadFor,
  };
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ ...about, measured, loaded }, null, 2)}\n`
      : report(about, measured, loaded),
  );
} finally {
  await end();
}

/** All ways in each round, in alternating order: what else the machine does hits all of them. */
async function copyInRounds(at: Server, ways: readonly Way[]): Promise<readonly Measured[]> {
  const times = new Map(ways.map((way) => [way, { backup: [] as Cost[], restore: [] as Cost[] }]));
  const stored = new Map<Way, number>();
  const expected = Number(await at.sql('SELECT count(*) FROM kept'));
  for (let round = 0; round < rounds; round += 1) {
    for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
      await settle(at, way);
      const backup = await costOf(at, () => way.backup());
      stored.set(way, await bytesBelow(way.folder));
      const into = at.folder('restored');
      const restore = await costOf(at, () => way.restore(into));
      times.get(way)?.backup.push(backup);
      times.get(way)?.restore.push(restore);
      const rows = round === 0 ? await at.rowsIn(into) : expected;
      if (rows !== expected) throw new Error(`${way.name} brought back ${rows} of ${expected} rows`);
      rmSync(into, { recursive: true });
      await way.finish();
      process.stderr.write(
        `round ${round + 1}: ${way.name}: ${backup.seconds.toFixed(1)} s, back ${restore.seconds.toFixed(1)} s\n`,
      );
    }
  }
  return ways.map((way) => ({
    name: way.name,
    kind: way.kind,
    checks: way.checks,
    storedBytes: stored.get(way) ?? 0,
    backup: medianOf(times.get(way)?.backup ?? []),
    restore: medianOf(times.get(way)?.restore ?? []),
  }));
}

async function loadInRounds(at: Server, ways: readonly Way[]): Promise<readonly Loaded[]> {
  const during = [null, ...ways.filter(({ isOfServer }) => isOfServer)];
  const results = new Map(during.map((way) => [way, [] as Latencies[]]));
  const user = await serverUser();
  for (let round = 0; round < rounds; round += 1) {
    for (const way of round % 2 === 0 ? during : during.toReversed()) {
      let copies = 0;
      const copy = async (one: Way) => {
        await one.prepare();
        await one.backup();
        copies += 1;
      };
      const found = await commitsDuring(at, user, loadFor, way === null ? null : () => copy(way));
      results.get(way)?.push(found);
      await way?.finish();
      process.stderr.write(
        `round ${round + 1}: load with ${way?.name ?? 'nothing else'} (${copies} copies): p99 ${found.p99.toFixed(1)} ms\n`,
      );
    }
  }
  return during.map((way) => {
    const all = results.get(way) ?? [];
    const of = (pick: (one: Latencies) => number) => median(all.map(pick));
    const name = way?.name ?? 'nothing else';
    return { name, commits: of((one) => one.commits), p50: of((one) => one.p50), p99: of((one) => one.p99) };
  });
}

/** Nothing of the way before is still on its way to the disk. */
async function settle(at: Server, way: Way): Promise<void> {
  await way.prepare();
  await at.sql('CHECKPOINT');
  await at.sync();
}

async function costOf(at: Server, work: () => Promise<void>): Promise<Cost> {
  const [begun, before] = [performance.now(), processorSeconds(at.postmaster)];
  await work();
  const seconds = (performance.now() - begun) / 1_000;
  return { seconds, processorSeconds: processorSeconds(at.postmaster) - before };
}

function medianOf(costs: readonly Cost[]): Cost {
  return {
    seconds: median(costs.map((cost) => cost.seconds)),
    processorSeconds: median(costs.map((cost) => cost.processorSeconds)),
  };
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function bytesOf(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(MB|GB)$/i.exec(text) ?? [];
  if (number === undefined || unit === undefined) throw new Error(`--size ${text}: write it as 1GB or 200MB`);
  return Number(number) * (unit.toUpperCase() === 'GB' ? 1_000_000_000 : 1_000_000);
}
