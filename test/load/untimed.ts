import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { journalLoad } from '../e2e/journal-load.ts';
import type { Place } from '../e2e/place.ts';

/**
 * Takes what is a matter of speed out of the gate of a place: its checks, its latency, and how many requests it waits for. On a
 * machine that does all of it at once they measure the machine, and a release that they stop says nothing about requests that
 * were lost.
 */
export function gateByErrorsOnly(place: Place): void {
  renameSync(join(place.folder, 'fairway.config.ts'), join(place.folder, 'declared.config.ts'));
  writeFileSync(
    join(place.folder, 'fairway.config.ts'),
    `import { defineSystem } from 'fairway';
import declared from './declared.config.ts';

const { dev } = declared.environments;
const release = { ...dev.release, gate: { ...dev.release.gate, slowerThan: '60s', checks: [], minimumRequests: 5 } };
export default defineSystem({ ...declared, environments: { dev: { ...dev, release } } });
`,
  );
}

/** How long each rate is tried. */
const tryMillis = 5_000;

/**
 * The highest rate of `asked`, its half, its quarter, … that this machine carries with half of it to spare: tried for a few
 * seconds each at twice the rate. More than a machine carries would pile up until nothing is answered in time.
 */
export async function carriedRate(target: string, asked: number): Promise<number> {
  for (let rate = asked; rate > 10; rate /= 2) {
    await using load = await journalLoad(target, rate * 2, 10);
    await wait(tryMillis);
    const { requests, latency } = load.snapshot();
    const isCarried = requests.unsent === 0 && latency !== null && latency.p95 < 1_000;
    if (isCarried) return Math.round(rate);
    console.log(`${2 * rate} requests/s are too many for this machine: p95 ${latency?.p95 ?? 'unknown'} ms`);
  }
  return 10;
}
