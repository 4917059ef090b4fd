/**
 * The router beside nginx, HAProxy, Caddy and packages: the same two services, weights 90 to 10, one at a time, rounds in
 * alternating order. `npm run bench:router -- --help` lists the options.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runBench } from './bench.ts';
import type { Ground } from './ground.ts';
import { describeMachine } from './machine.ts';
import { type Options, readOptions, usage } from './options.ts';
import { asJson } from './report/json.ts';
import { asMarkdown } from './report/markdown.ts';

const ground: Ground = { folder: mkdtempSync(join(tmpdir(), 'fairway-bench-')), undo: [] };

async function main(options: Options): Promise<void> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const began = performance.now();
  const machine = await describeMachine();
  const outcome = await runBench(ground, options, machine, say);
  const report = { options, machine, ...outcome, seconds: (performance.now() - began) / 1_000 };
  process.stdout.write(options.json ? asJson(report) : asMarkdown(report));
}

async function cleanUp(): Promise<void> {
  await Promise.all(ground.undo.splice(0).map((undo) => undo()));
  rmSync(ground.folder, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().then(() => process.exit(130)));
try {
  const options = process.argv.includes('--help') ? usage : readOptions(process.argv.slice(2));
  if (typeof options !== 'string') await main(options);
  else {
    console.error(options === usage ? usage : `${options}\n\n${usage}`);
    process.exitCode = options === usage ? 0 : 2;
  }
} finally {
  await cleanUp();
}
