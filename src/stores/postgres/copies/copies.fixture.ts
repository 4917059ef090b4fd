import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Millis, seconds } from '#kernel';
import type { CopyFacts, PartSink, RestoreSource, RestoreTarget, StoreCopies } from '#ports';
import type { EmbeddedStore, StoreBinding } from '../../contract.ts';
import { createEmbeddedStore } from '../../index.ts';
import { never, testClock, valueOf } from '../../place.fixture.ts';
import type { PostgresSpec } from '../kind.ts';
import { postgresCopies } from './index.ts';

export const specOf = (logEvery: Millis | null = seconds(3_600)): PostgresSpec => ({
  kind: 'postgres',
  name: 'db',
  version: null,
  database: 'shop',
  backup: { full: null, longTerm: null, logEvery, pointInTime: null, to: null },
});

/** A folder below which stores are opened by a path of one's own; all of them are stopped and erased after the test. */
export function place(spec: PostgresSpec = specOf()) {
  const root = mkdtempSync(join(tmpdir(), "fairway copies' "));
  chmodSync(root, 0o755);
  const opened: EmbeddedStore[] = [];
  onTestFinished(async () => {
    for (const store of opened) {
      await store.stop(never);
      await store.erase();
    }
    rmSync(root, { recursive: true, force: true });
  });
  return {
    root,
    spec,
    folder: (name: string) => join(root, '.fairway', 'dev', 'stores', name),
    open(name: string): EmbeddedStore {
      const folder = join(root, '.fairway', 'dev', 'stores', name);
      const store = createEmbeddedStore({ spec, folder, clock: testClock, random: Math.random });
      opened.push(store);
      return store;
    },
    copies: (name: string): StoreCopies =>
      postgresCopies({ spec, folder: join(root, '.fairway', 'dev', 'stores', name), clock: testClock }),
    async start(name: string): Promise<{ store: EmbeddedStore; binding: StoreBinding }> {
      const store = this.open(name);
      return { store, binding: valueOf(await store.ensure(never)) };
    },
  };
}

/** What would lie in a repository, in memory. */
export interface Kept {
  facts: CopyFacts;
  readonly parts: Map<string, Buffer>;
  readonly log: Map<string, Buffer>;
}

export async function copyOf(copies: StoreCopies): Promise<Kept> {
  const parts = new Map<string, Buffer>();
  const sink: PartSink = async (name, content) => {
    parts.set(name, await whole(content));
    return { ok: true, value: null };
  };
  const facts = valueOf(await copies.copy(sink, never, () => {}));
  return { facts, parts, log: new Map() };
}

/** Brings what was handed over to the others, as the control plane does. */
export async function ship(copies: StoreCopies, to: Kept): Promise<readonly string[]> {
  const { log } = copies;
  if (log === null) throw new Error('it keeps no log');
  const names: string[] = [];
  for (const { name } of valueOf(await log.pending())) {
    to.log.set(name, await whole(log.open(name)));
    valueOf(await log.forget(name));
    names.push(name);
  }
  return names;
}

export async function cutAndShip(copies: StoreCopies, to: Kept): Promise<readonly string[]> {
  valueOf((await copies.log?.cut()) ?? { ok: true, value: null });
  return ship(copies, to);
}

export const segmentsOf = ({ log }: Kept) =>
  [...log.keys()].filter((name) => /^[0-9A-F]{24}$/.test(name)).toSorted();

export function sourceOf({ facts, parts, log }: Kept): RestoreSource {
  return {
    facts,
    parts: [...parts.keys()],
    part: (name) => inPieces(parts.get(name)),
    log: [...log.keys()].toSorted(),
    piece: (name) => inPieces(log.get(name)),
  };
}

export const request = (
  kept: Kept,
  folder: string,
  target: RestoreTarget = { kind: 'latest' },
  signal: AbortSignal = never,
) => ({ source: sourceOf(kept), target, folder, signal, progress: () => {} });

async function* inPieces(content: Buffer | undefined) {
  if (content === undefined) throw new Error('nobody has asked whether it is there');
  for (let at = 0; at < content.length; at += 100_000) yield content.subarray(at, at + 100_000);
}

async function whole(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const bytes of content) parts.push(bytes);
  return Buffer.concat(parts);
}
