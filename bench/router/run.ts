/**
 * The router beside nginx and HAProxy: the same two services, weights 90 to 10, one proxy at a time, several rounds in
 * alternating order, medians. `node bench/router/run.ts [rounds] [seconds]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProgram, measure, type Sample } from './load.ts';
import {
  type Bench,
  find,
  type Running,
  startFairway,
  startHaproxy,
  startNginx,
  startServices,
} from './programs.ts';

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 4);
const bench: Bench = { folder: mkdtempSync(join(tmpdir(), 'fairway-bench-')), undo: [] };

async function main(): Promise<void> {
  for (const program of ['wrk', 'nginx', 'haproxy'])
    if (find(program) === null) console.log(`${program} is not installed: the comparison goes without it`);
  const services = await startServices(bench);
  const proxies = [
    await startHaproxy(bench, services),
    await startNginx(bench, services),
    await startFairway(bench, services),
  ];
  const direct: Running = { name: 'no proxy', port: services[0], pid: null };
  const all = [direct, ...proxies].filter((each) => each !== null);
  const samples = new Map<string, Sample[]>(all.map(({ name }) => [name, []]));
  for (const each of all) await measure(each, 1); // warm
  for (let round = 0; round < rounds; round += 1)
    for (const each of round % 2 === 0 ? all : all.toReversed())
      samples.get(each.name)?.push(await measure(each, seconds));
  print(samples);
}

function print(samples: ReadonlyMap<string, readonly Sample[]>): void {
  const names = [...samples.keys()];
  const reference =
    names.find((name) => name.startsWith('HAProxy')) ?? names.find((name) => name === 'nginx');
  const rate = (name: string) => median((samples.get(name) ?? []).map(({ perSecond }) => perSecond));
  const behind = find('nginx') === null ? 'Node' : 'nginx';
  console.log(
    `${rounds} rounds of ${seconds} s, 32 connections by ${loadProgram}, services in ${behind}, ${cpus().length} processors shared by all`,
  );
  row('', 'requests/s (range)', 'ratio', 'p50 us', 'p99 us', 'CPU us/rq', 'failed');
  for (const [name, list] of samples) {
    const rates = list.map(({ perSecond }) => perSecond);
    const range = `${thousands(Math.min(...rates))}-${thousands(Math.max(...rates))}`;
    const processor = list.flatMap((sample) => (sample.processor === null ? [] : [sample.processor]));
    row(
      name,
      `${Math.round(rate(name))} (${range})`,
      reference === undefined ? '-' : (rate(name) / rate(reference)).toFixed(2),
      Math.round(median(list.map(({ middle }) => middle))).toString(),
      Math.round(median(list.map(({ slow }) => slow))).toString(),
      processor.length === 0 ? '-' : median(processor).toFixed(1),
      list.reduce((sum, { failed }) => sum + failed, 0).toString(),
    );
  }
}

function row(name: string, ...cells: readonly string[]): void {
  const padded = cells.map((cell, at) => cell.padStart(at === 0 ? 24 : 10));
  console.log(`${name.padEnd(20)}${padded.join('')}`);
}

const thousands = (rate: number) => `${(rate / 1_000).toFixed(1)}k`;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

async function cleanUp(): Promise<void> {
  for (const undo of bench.undo.splice(0).toReversed()) await undo();
  rmSync(bench.folder, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().then(() => process.exit(130)));
try {
  await main();
} finally {
  await cleanUp();
}
