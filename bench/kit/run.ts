/**
 * What fairway-kit costs per request: the same route bare, with the kit, and with the kit but no line in the log, under Hono,
 * Fastify and node:http. All servers run at once and are asked one at a time, in rounds of alternating order, so that a busy
 * machine is busy for all. `node bench/kit/run.ts [--rounds 9] [--requests 2000] [--json]`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { median } from '../router/statistics.ts';

const frameworks = ['hono', 'fastify', 'node:http'] as const;
const variants = ['bare', 'kit', 'kit, no request log'] as const;
const connections = 16;

interface Candidate {
  readonly framework: string;
  readonly variant: string;
  readonly child: ChildProcess;
  readonly pool: Pool;
  /** Per round: CPU time of the server per request, and median time to an answer on one connection; microseconds. */
  readonly cpu: number[];
  readonly latency: number[];
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    requests: { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);

const candidates: Candidate[] = [];
try {
  for (const framework of frameworks)
    for (const variant of variants) candidates.push(await start(framework, variant));
  for (const candidate of candidates) await load(candidate.pool, requests, connections); // until the code is compiled
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? candidates : candidates.toReversed();
    for (const candidate of order) await measure(candidate);
  }
  process.stdout.write(values.json ? `${JSON.stringify(results(), null, 2)}\n` : table());
} finally {
  await Promise.all(candidates.map(({ pool }) => pool.destroy()));
  for (const { child } of candidates) child.disconnect();
}

async function start(framework: string, variant: string): Promise<Candidate> {
  const program = fileURLToPath(new URL('candidate.ts', import.meta.url));
  const env = { PATH: process.env['PATH'], PORT: '0', LOG_REQUESTS: String(variant === 'kit') };
  const kind = variant === 'bare' ? 'bare' : 'kit';
  const child = fork(program, [framework, kind], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const { address } = await told<{ address: string }>(child);
  const pool = new Pool(address, { connections, pipelining: 1 });
  return { framework, variant, child, pool, cpu: [], latency: [] };
}

function told<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('a candidate ended'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}

async function cpuOf(child: ChildProcess): Promise<number> {
  const answer = told<{ cpu: number }>(child);
  child.send('cpu');
  return (await answer).cpu;
}

async function measure({ child, pool, cpu, latency }: Candidate): Promise<void> {
  const before = await cpuOf(child);
  await load(pool, requests, connections);
  cpu.push((await cpuOf(child)) - before);
  const times = await load(pool, 300, 1);
  latency.push(median(times));
}

/** Asks `count` times, so many at once; the times in microseconds. */
async function load(pool: Pool, count: number, atOnce: number): Promise<number[]> {
  const times: number[] = [];
  let left = count;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      const begun = performance.now();
      const { statusCode, body } = await pool.request({ method: 'GET', path: '/orders/17' });
      await body.dump();
      if (statusCode !== 200) throw new Error(`It answered ${statusCode}.`);
      times.push((performance.now() - begun) * 1_000);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return times;
}

/** Medians over the rounds; a ratio is the median of each round's ratio to the bare one of the same round. */
function results() {
  return candidates.map(({ framework, variant, cpu, latency }) => {
    const bare = candidates.find((each) => each.framework === framework && each.variant === 'bare');
    const ratios = cpu.map((value, round) => value / (bare?.cpu[round] ?? Number.NaN));
    const perRequest = cpu.map((value) => value / requests);
    return {
      ...{ framework, variant, cpuMicros: median(perRequest), ratio: median(ratios) },
      ratios: [Math.min(...ratios), Math.max(...ratios)] as const,
      latencyMicros: median(latency),
    };
  });
}

function table(): string {
  const rows = results().map(
    ({ framework, variant, cpuMicros, ratio, ratios: [least, most], latencyMicros }) =>
      `| ${framework} | ${variant} | ${cpuMicros.toFixed(1)} | ${ratio.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)}) | ${latencyMicros.toFixed(0)} |`,
  );
  return [
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${rounds} rounds of ${requests} requests`,
    '',
    '| framework | variant | CPU per request, µs | ratio to bare (least–most) | answer on one connection, µs |',
    '|---|---|---:|---:|---:|',
    ...rows,
    '',
  ].join('\n');
}
