import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type EpisodeOptions, type EpisodeReport, runEpisode } from './episode.ts';
import { traceOf } from './trace.ts';

/**
 * The release engine in simulated worlds, each from a seed of its own: `npm run simulate:engine`.
 *
 * `--rollouts N` (100,000) ends after so many, `--long` after 1,000,000, `--first N` begins with another seed, `--seed N`
 * replays one world, twice, and prints what went wrong; with `--trace ENVIRONMENT` also what the journal says of it.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    trace: { type: 'string' },
    first: { type: 'string', default: '1' },
    rollouts: { type: 'string', default: '100000' },
    long: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});

const world = { environments: 8, storm: 8 * 60_000 };
process.exitCode =
  values.seed === undefined
    ? await runMany(
        Number(values.first),
        values.long ? 1_000_000 : Number(values.rollouts),
        Number(values.workers),
      )
    : await replay(Number(values.seed));

/** One world again, and once more to see that the same seed tells the same story. */
async function replay(seed: number): Promise<number> {
  const report = await runEpisode({ seed, ...world });
  const again = await runEpisode({ seed, ...world });
  if (values.trace !== undefined) {
    for (const line of traceOf(await report.journal(values.trace))) console.log(line);
  }
  const { ends, rollouts, kills, fingerprint, problems } = report;
  console.log({ seed, rollouts, ends, kills, fingerprint });
  for (const problem of problems) console.log(`  ${problem}`);
  const isSame = again.fingerprint === fingerprint;
  if (!isSame) console.log(`  the second run was another one: ${again.fingerprint}`);
  return problems.length === 0 && isSame ? 0 : 1;
}

type Told = Omit<EpisodeReport, 'journal'>;

async function runMany(first: number, wanted: number, workers: number): Promise<number> {
  const startedAt = performance.now();
  const total = { rollouts: 0, episodes: 0, kills: 0, answered: 0, days: 0, ends: new Map<string, number>() };
  const bad: Told[] = [];
  let seed = first;
  let shownAt = startedAt;

  function take(report: Told): void {
    total.rollouts += report.rollouts;
    total.episodes++;
    total.kills += report.kills;
    total.answered += report.answered;
    total.days += report.virtualMillis / 86_400_000;
    for (const [end, count] of Object.entries(report.ends))
      total.ends.set(end, (total.ends.get(end) ?? 0) + count);
    if (report.problems.length > 0) bad.push(report);
    if (performance.now() - shownAt < 10_000) return;
    shownAt = performance.now();
    console.log(`${total.rollouts} of ${wanted} rollouts, ${bad.length} seeds with problems`);
  }

  async function work(): Promise<void> {
    const worker = new Worker(new URL('worker.ts', import.meta.url));
    while (total.rollouts < wanted && bad.length < 5) take(await ask(worker, { seed: seed++, ...world }));
    await worker.terminate();
  }

  await Promise.all(Array.from({ length: workers }, work));
  for (const { seed: of, problems } of bad) {
    console.log(
      `seed ${of}: ${problems.length} problems; replay with: npm run simulate:engine -- --seed ${of}`,
    );
    for (const problem of problems.slice(0, 5)) console.log(`  ${problem}`);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    `${total.rollouts} rollouts in ${total.episodes} worlds, ${total.kills} controllers killed, ` +
      `${Math.round(total.answered / 1e6)} million requests answered, ${total.days.toFixed(1)} simulated days, ` +
      `${seconds.toFixed(0)} s with ${workers} workers; ends: ${[...total.ends].map(([end, count]) => `${count} ${end}`).join(', ')}`,
  );
  return bad.length === 0 ? 0 : 1;
}

function ask(worker: Worker, options: EpisodeOptions): Promise<Told> {
  return new Promise((resolve, reject) => {
    worker.once('message', (report: Told) => {
      worker.off('error', reject);
      resolve(report);
    });
    worker.once('error', reject);
    worker.postMessage(options);
  });
}
