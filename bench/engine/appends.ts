/**
 * Commits per second of the stores beside plain inserts of the same bytes with the same durability: what the hash
 * chain, the checks and the stream's head cost. `node bench/engine/appends.ts [rounds] [seconds]`
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { type Clock, instant, type Result } from '#kernel';
import type { Store } from '#ports';
import { openPostgresStore, openSqliteStore } from '#store';
import { createEmbeddedStore } from '#stores';

export interface AppendOptions {
  readonly rounds: number;
  /** Of each contestant in each round. */
  readonly seconds: number;
  readonly writers: readonly number[];
}

/** Commits per second, one entry each, every writer to a stream of its own. Medians over the rounds. */
export interface AppendFigures {
  readonly database: 'SQLite' | 'Postgres';
  readonly writers: number;
  readonly store: number;
  readonly raw: number;
  /** Median of the rounds' store/raw: rounds are compared within themselves, so a slow moment counts for both. */
  readonly ratio: number;
  /** Lowest and highest of the rounds' ratios. */
  readonly range: readonly [number, number];
}

interface Contestant {
  /** Appends an entry to the stream of a writer, which had `expected` of them; resolves once it is on disk. */
  append(writer: number, expected: number): Promise<void>;
  close(): Promise<void>;
}

interface Pair {
  readonly database: AppendFigures['database'];
  readonly writers: number;
  readonly store: Contestant;
  readonly raw: Contestant;
}

/** Every contestant is measured in every round, in an order that alternates, after a warm-up that does not count. */
export async function measureAppends({
  rounds,
  seconds,
  writers,
}: AppendOptions): Promise<readonly AppendFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-appends-'));
  chmodSync(folder, 0o755); // the Postgres server does not run as root
  const server = createEmbeddedStore({
    spec: { kind: 'postgres', name: 'db', version: null, database: 'bench' },
    folder: join(folder, 'postgres'),
    clock,
    random: Math.random,
  });
  const pairs: Pair[] = [];
  try {
    const url = valueOf(await server.ensure(never)).env['URL'] ?? '';
    for (const count of writers) {
      pairs.push(await sqlitePair(folder, count), await postgresPair(url, count));
    }
    return await compare(pairs, rounds, seconds);
  } finally {
    for (const { store, raw } of pairs) await Promise.all([store.close(), raw.close()]);
    await server.stop(never);
    await server.erase();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(
  pairs: readonly Pair[],
  rounds: number,
  seconds: number,
): Promise<readonly AppendFigures[]> {
  const measured = pairs.map(({ store, raw, ...pair }) => ({
    ...pair,
    store: meterOf(store, pair.writers),
    raw: meterOf(raw, pair.writers),
  }));
  for (const { store, raw } of measured) for (const meter of [store, raw]) await meter.run(seconds / 2); // warm
  for (const { store, raw } of measured) for (const meter of [store, raw]) meter.rates.length = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const { store, raw } of round % 2 === 0 ? measured : measured.toReversed()) {
      for (const meter of round % 2 === 0 ? [store, raw] : [raw, store]) await meter.run(seconds);
    }
  }
  return measured.map(({ database, writers, store, raw }) => {
    const ratios = store.rates.map((rate, round) => rate / (raw.rates[round] ?? Number.NaN));
    const range = [Math.min(...ratios), Math.max(...ratios)] as const;
    return {
      database,
      writers,
      store: median(store.rates),
      raw: median(raw.rates),
      ratio: median(ratios),
      range,
    };
  });
}

/** Runs all writers of a contestant at once; `rates` gets the commits per second of each run. */
function meterOf(contestant: Contestant, writers: number) {
  const lengths = Array.from({ length: writers }, () => 0);
  const rates: number[] = [];
  return {
    rates,
    async run(seconds: number) {
      const begun = performance.now();
      const until = begun + seconds * 1_000;
      const before = sum(lengths);
      await Promise.all(
        lengths.map(async (_, writer) => {
          for (; performance.now() < until; lengths[writer] = (lengths[writer] ?? 0) + 1)
            await contestant.append(writer, lengths[writer] ?? 0);
        }),
      );
      rates.push(((sum(lengths) - before) * 1_000) / (performance.now() - begun));
    },
  };
}

const type = 'step';
const data = {
  phase: 'shifting',
  service: 'edge',
  weight: 25,
  because: 'the gate passed with the evidence of 12,400 requests of both arms',
  effects: ['set_route', 'observe_route'].map((effect) => ({
    effect,
    attempt: 1,
    deadline: 1_790_000_000_000,
  })),
};
const at = instant(1_790_000_000_000);
/** As the stores keep it: the same bytes for the plain inserts. */
const plain = { type, at, data: JSON.stringify(data), hash: 'a'.repeat(64) };

async function sqlitePair(folder: string, writers: number): Promise<Pair> {
  const store = valueOf(await openSqliteStore(join(folder, `store-${writers}.db`), { clock }));
  const database = new DatabaseSync(join(folder, `raw-${writers}.db`));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE entry (stream TEXT NOT NULL, sequence INTEGER NOT NULL, at REAL NOT NULL, type TEXT NOT NULL,
      data TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (stream, sequence)) STRICT`);
  const insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)');
  const raw: Contestant = {
    async append(writer, expected) {
      insert.run(streamOf(writer), expected + 1, plain.at, plain.type, plain.data, plain.hash);
    },
    close: async () => database.close(),
  };
  return { database: 'SQLite', writers, store: through(store), raw };
}

async function postgresPair(url: string, writers: number): Promise<Pair> {
  const store = valueOf(await openPostgresStore({ url, connections: writers }));
  const clients = Array.from({ length: writers }, () => new pg.Client({ connectionString: url }));
  await Promise.all(clients.map((client) => client.connect()));
  const table = `raw_${writers}`;
  await clients[0]?.query(`CREATE TABLE ${table} (stream text COLLATE "C" NOT NULL, sequence bigint NOT NULL,
    at float8 NOT NULL, type text NOT NULL, data text NOT NULL, hash text NOT NULL, PRIMARY KEY (stream, sequence))`);
  const text = `INSERT INTO ${table} VALUES ($1, $2, $3, $4, $5, $6)`;
  const raw: Contestant = {
    async append(writer, expected) {
      const values = [streamOf(writer), expected + 1, plain.at, plain.type, plain.data, plain.hash];
      await clients[writer]?.query({ name: 'insert', text, values });
    },
    close: async () => void (await Promise.all(clients.map((client) => client.end()))),
  };
  return { database: 'Postgres', writers, store: through(store, writers), raw };
}

/** Contestants of one database have streams of their own. */
function through(store: Store, group = 0): Contestant {
  return {
    async append(writer, expected) {
      const stream = `${streamOf(writer)}/${group}`;
      valueOf(await store.commit({ stream, expected, entries: [{ type, at, data }], rows: [], fence: null }));
    },
    close: () => store.close(),
  };
}

const streamOf = (writer: number) => `release/environment-${writer}`;

const never = new AbortController().signal;
const clock: Clock = {
  now: () => instant(performance.timeOrigin + performance.now()),
  sleep: (wait) => new Promise((resolve) => setTimeout(resolve, wait)),
};

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function print(figures: readonly AppendFigures[], { rounds, seconds }: AppendOptions): void {
  const row = (...cells: readonly string[]) =>
    console.log(cells.map((cell, place) => (place === 0 ? cell.padEnd(10) : cell.padStart(12))).join(''));
  console.log(
    `commits/s, one entry of ${plain.data.length} characters each, ${rounds} rounds of ${seconds} s, ${cpus().length} processors`,
  );
  row('', 'writers', 'store', 'plain', 'ratio', 'range');
  for (const { database, writers, store, raw, ratio, range } of figures) {
    const rates = [store, raw].map((rate) => String(Math.round(rate)));
    row(
      database,
      String(writers),
      ...rates,
      ratio.toFixed(2),
      range.map((each) => each.toFixed(2)).join('-'),
    );
  }
}

if (import.meta.main) {
  const options = {
    rounds: Number(process.argv[2] ?? 5),
    seconds: Number(process.argv[3] ?? 3),
    writers: [1, 16],
  };
  print(await measureAppends(options), options);
}
