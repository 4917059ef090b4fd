import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planRestore } from '#core/recovery';
import { seededRandom } from '#kernel';
import { createEmbeddedStore, createStoreCopies } from '#stores';
import { type Place, placeOf } from '../e2e/place.ts';
import { beginWriting, type Acknowledged } from './ledger-writers.ts';
import { catalogueOf, clock, ledgerSpec, loginOf, query, serverOf, storeOf } from './ledger-place.ts';

/** What the ledger declares. */
const rpo = 10_000;
/** The long run is `FAIRWAY_RECOVERY_RUNS=50 npm run test:chaos`. */
const runs = Number(process.env['FAIRWAY_RECOVERY_RUNS'] ?? 4);
const signal = new AbortController().signal;

let place: Place;
beforeAll(async () => {
  place = placeOf('test/chaos/ledger');
  await command('up');
  await command('backup');
  await query(loginOf(place), 'CREATE TABLE ledger (n bigint PRIMARY KEY, at timestamptz DEFAULT now())');
}, 180_000);
afterAll(async () => {
  await place[Symbol.asyncDispose]();
}, 120_000);

async function command(...args: string[]): Promise<void> {
  const ran = await place.fairway(...args);
  expect(ran.exitCode, ran.output).toBe(0);
}

/** What a machine that was lost at this moment leaves: the place for backups, and nothing else. */
interface Survived {
  readonly numbers: ReadonlySet<number>;
  /** The newest beat of Fairway's pulse that was brought back. */
  readonly pulse: number;
  readonly tookMillis: number;
}

async function restored(): Promise<Survived> {
  const begun = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'fairway-ledger-'));
  chmodSync(folder, 0o755); // Postgres does not run as root
  const into = join(folder, 'database');
  const store = createEmbeddedStore({ spec: ledgerSpec, folder: into, clock, random: Math.random });
  try {
    const catalogue = await catalogueOf(place);
    const copies = value(await catalogue.copies(signal)).filter((copy) => copy.of === 'database');
    const log = value(await catalogue.log('database', signal));
    const target = { kind: 'latest' } as const;
    const plan = value(planRestore({ of: 'database', copies, log, target, copy: null }));
    const kind = createStoreCopies({ spec: ledgerSpec, folder: storeOf(place), clock });
    const source = catalogue.source(plan.copy, plan.log, signal);
    value(await kind.restore({ source, target, folder: into, signal, progress: () => undefined }));
    value(await store.ensure(signal));
    const rows = await query(serverOf(into), 'SELECT n::int AS n FROM ledger');
    const pulse = value(await (kind.pulse ?? never()).last(into));
    const numbers = new Set(rows.map((row) => Number(row['n'])));
    return { numbers, pulse: pulse ?? 0, tookMillis: performance.now() - begun };
  } finally {
    await store.stop(signal);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Kills the server of the store and the control plane with SIGKILL, in any order, at once or shortly after each other. */
async function disaster(random: () => number): Promise<number> {
  const victims = [storePid(), place.controlPid()];
  if (random() < 0.5) victims.reverse();
  const killedAt = Date.now();
  for (const victim of victims) {
    process.kill(victim, 'SIGKILL');
    await delay(random() < 0.5 ? 0 : random() * 400);
  }
  return killedAt;
}

const storePid = () => serverOf(storeOf(place)).pid;

test(`${runs} disasters under writers: what was acknowledged before the last pulse that was brought back is there, and that is within the bound`, {
  timeout: 120_000 + runs * 40_000,
}, async () => {
  const random = seededRandom(17);
  const lines: string[] = [];
  for (let run = 1; run <= runs; run++) {
    if (run % 10 === 0) await command('backup'); // so that no restore replays the log of all runs
    const writing = await beginWriting(loginOf(place), run * 1_000_000);
    await delay(3_000 + random() * 4_000);
    const killedAt = await disaster(random);
    const acknowledged: readonly Acknowledged[] = await writing.end();
    const survived = await restored();
    const lost = acknowledged.filter(({ n }) => !survived.numbers.has(n));
    const early = lost.filter(({ at }) => at < survived.pulse);
    const measured = killedAt - survived.pulse;
    lines.push(
      `${String(run).padStart(2)}  ${acknowledged.length} writes acknowledged, the last ${lost.length} lost; RPO ${measured} ms, restored in ${survived.tookMillis.toFixed(0)} ms`,
    );
    expect(early, `${lines.join('\n')}\nlost though older than the pulse`).toEqual([]);
    expect(measured, lines.join('\n')).toBeLessThanOrEqual(rpo);
    expect(acknowledged.length).toBeGreaterThan(100);
    await command('up');
    // The machine itself was not lost: with its disk nothing is.
    const present = await query(
      loginOf(place),
      `SELECT count(*)::int AS n FROM ledger WHERE n >= ${run * 1_000_000}`,
    );
    expect(Number(present[0]?.['n'])).toBeGreaterThanOrEqual(acknowledged.length);
  }
  console.log(`${runs} disasters:\n${lines.join('\n')}`);
});

function value<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function never(): never {
  throw new Error('a Postgres has a pulse');
}
