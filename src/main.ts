#!/usr/bin/env node
/** The composition root: the only place that knows the real clock, disk, terminal and network. */
import { readFileSync } from 'node:fs';
import { runCommandLine } from '#cli';
import { createWorld } from './host/world.ts';

const interrupted = new AbortController();
/** One Ctrl-C comes twice below npm: from the terminal, and passed on. */
const sameKeyWithin = 1_000;
let interruptedAt = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!interrupted.signal.aborted) {
      interruptedAt = performance.now();
      interrupted.abort();
    } else if (performance.now() - interruptedAt > sameKeyWithin) process.exit(130); // asked again: at once, whatever is not finished
  });
}
process.stdout.on('error', () => process.exit(0)); // the reader of a pipe went away

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const args = process.argv.slice(2);
const world = createWorld(interrupted.signal);
if (args[0] === 'demo') {
  const { demo } = await import('./host/demo.ts');
  process.exitCode = await demo(args.slice(1), world);
} else {
  process.exitCode = await runCommandLine(args, world, manifest.version);
  // A control plane has closed its state by now: a wait of something that goes on beside must not keep the process.
  // Nor may an answer that is still out keep one that was told to end.
  if (args[0] === 'serve' || interrupted.signal.aborted) process.exit();
}
