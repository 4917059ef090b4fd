import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aGate } from '#core/release/fixture';
import type { Environment, StoreSpec } from '#core/system';
import {
  type Clock,
  days,
  fail,
  hours,
  type Instant,
  instant,
  type Millis,
  minutes,
  ok,
  percent,
  seconds,
  seededRandom,
  type Failure,
  type Json,
  Thrown,
} from '#kernel';
import type { Content, JournalEntry, Store, StoreCopies, TargetRecovery } from '#ports';
import { createMemoryStore, emptyMemory } from '#store';
import { createVirtualClock, type VirtualClock } from '#targets/simulated';
import type { Recovery, RecoverySite, Repository } from '../index.ts';
import type { OwnCopies } from '../tools.ts';

export const start = instant(Date.UTC(2026, 10, 22, 1, 30));
/** A repository in memory: content is stored as it is. `refuses`: what every write fails with. */
export interface MemoryRepository extends Repository {
  readonly files: Map<string, Buffer>;
  refuses: string | null;
}

export function memoryRepository(isOffSite = true): MemoryRepository {
  const files = new Map<string, Buffer>();
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const repository: MemoryRepository = {
    files,
    refuses: null,
    recipient: 'age1test',
    depot: {
      shown: 'memory',
      isOffSite,
      put: async (path, content) => {
        files.set(path, await readAll(content));
        return ok(null);
      },
      get: (path) => inOne(files.get(path) ?? Buffer.alloc(0)),
      list: async (prefix) =>
        repository.refuses === 'list'
          ? fail('backup_place_unreachable')
          : ok(
              [...files]
                .filter(([path]) => path.startsWith(prefix))
                .map(([path, bytes]) => ({ path, stored: bytes.length })),
            ),
      remove: async (path) => {
        files.delete(path);
        return ok(null);
      },
    },
    async write(path, content) {
      const bytes = await readAll(content);
      if (repository.refuses !== null) return fail(repository.refuses);
      if (files.has(path)) return fail('backup_exists', { path });
      files.set(path, bytes);
      return ok({ bytes: bytes.length, stored: bytes.length, sha256: hash(bytes) });
    },
    async writeNamed(pathOf, content) {
      if (repository.refuses !== null) return fail(repository.refuses);
      const written = { bytes: content.length, stored: content.length, sha256: hash(content) };
      files.set(pathOf(written), Buffer.from(content));
      return ok(written);
    },
    async *read(path) {
      const bytes = files.get(path);
      if (bytes === undefined) throw new Thrown(fail('backup_part_missing', { path }).error);
      yield bytes;
    },
    async writeDocument(path, value) {
      if (repository.refuses !== null) return fail(repository.refuses);
      files.set(path, Buffer.from(JSON.stringify(value)));
      return ok(null);
    },
    async readDocument(path) {
      const bytes = files.get(path);
      return bytes === undefined ? fail('backup_part_missing', { path }) : ok(JSON.parse(bytes.toString()));
    },
  };
  return repository;
}

async function* inOne(bytes: Uint8Array): Content {
  yield bytes;
}

async function readAll(content: Content): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A store that is only words: what it holds, its log, and how it fails. */
export interface FakeStore {
  readonly copies: StoreCopies;
  readonly beats: Instant[];
  /** Pieces that were handed over. */
  readonly pieces: Map<string, string>;
  /** Fails every copy with this code. */
  failsWith: string | null;
  /** A beat takes so long. */
  beatTakes: Millis;
  /** How many beats are under way at most at the same time. */
  mostBeats: number;
  /** How long a copy takes. */
  copyTakes: Millis;
  /** What its copies say of themselves, as where their log begins. */
  detail: Json;
  /** The piece that is written now: a cut hands it over. */
  current: string | null;
  /** Its server does not answer. */
  isDown: boolean;
}

export function fakeStore(spec: StoreSpec, clock: Clock): FakeStore {
  const pieces = new Map<string, string>();
  const beats: Instant[] = [];
  let beating = 0;
  const store: FakeStore = {
    beats,
    pieces,
    failsWith: null,
    beatTakes: 0 as Millis,
    mostBeats: 0,
    copyTakes: seconds(5),
    detail: {},
    current: null,
    isDown: false,
    copies: {
      spec,
      async copy(sink, signal) {
        const from = clock.now();
        await clock.sleep(store.copyTakes, signal);
        if (signal.aborted) return fail('cancelled', { what: 'the copy' });
        if (store.failsWith !== null) return fail(store.failsWith);
        const sunk = await sink('base.tar', inOne(Buffer.from('content')));
        return sunk.ok ? ok({ from, until: clock.now(), bytes: 7, detail: store.detail }) : sunk;
      },
      restore: async () => ok({ reached: null, pieces: 0, detail: {} }),
      examine: async () => ok([{ name: 'rows', ok: true, detail: '1 row' }]),
      lost: async () => ok({ transactions: 3, exact: true, detail: '3 transactions' }),
      log:
        spec.kind !== 'postgres'
          ? null
          : {
              state: async () => ok({ on: true, failing: null, current: 'x', lastAt: null }),
              pending: async () => ok([...pieces].map(([name, text]) => ({ name, bytes: text.length }))),
              open: (name) => inOne(Buffer.from(pieces.get(name) ?? '')),
              forget: async (name) => {
                pieces.delete(name);
                return ok(null);
              },
              async cut() {
                if (store.isDown)
                  return fail('postgres_not_answering', { state: 'down', reason: 'it is down' });
                if (store.current !== null) pieces.set(store.current, 'content');
                store.current = null;
                return ok(null);
              },
            },
      pulse: {
        async beat(now) {
          beating += 1;
          store.mostBeats = Math.max(store.mostBeats, beating);
          if (store.beatTakes > 0) await clock.sleep(store.beatTakes);
          beating -= 1;
          beats.push(now);
          return ok(null);
        },
        last: async () => ok(beats.at(-1) ?? null),
      },
    },
  };
  return store;
}

export const database = (name = 'database'): StoreSpec => ({
  kind: 'postgres',
  name,
  version: null,
  database: 'app',
  backup: {
    full: { every: days(1), keep: days(14) },
    longTerm: null,
    logEvery: minutes(1),
    pointInTime: days(7),
    to: null,
  },
});

export function environmentOf(stores: readonly StoreSpec[], more: Partial<Environment> = {}): Environment {
  return {
    system: 'shop',
    name: 'dev',
    target: 'local',
    services: [],
    stores,
    checks: [],
    secrets: [],
    flags: {},
    recovery: {
      rto: { limit: minutes(15), strict: true },
      rpo: { limit: minutes(5), strict: false },
      drillEvery: null,
      verify: {},
    },
    release: {
      gate: { ...aGate, errorShare: percent(1), slowerThan: seconds(1) },
      startDeadline: minutes(1),
      routeDeadline: seconds(10),
      deadline: hours(1),
      keepOld: minutes(10),
      watch: minutes(1),
      approval: null,
      window: null,
      freezes: [],
      supersede: 'refuse',
      hooks: { before: [], after: [] },
      migrations: null,
    },
    ...more,
  };
}

/** What Fairway itself keeps, in three letters. */
export const ownInMemory = (clock: Clock): OwnCopies => ({
  async copy(sink) {
    const from = clock.now();
    const sunk = await sink('journal.sqlite', inOne(Buffer.from('own')));
    return sunk.ok ? ok({ from, until: clock.now(), bytes: 3, detail: {} }) : sunk;
  },
  restoreSecrets: async () => ok(null),
});

export interface World<C extends Clock = VirtualClock> {
  readonly clock: C;
  readonly store: Store;
  readonly repository: MemoryRepository;
  readonly stores: readonly FakeStore[];
  readonly reported: Failure[];
  site(more?: Partial<RecoverySite>): RecoverySite;
  entries(): Promise<readonly JournalEntry[]>;
  types(): Promise<readonly string[]>;
}

/** Recovery without a disk, a server or a real second. */
export function createWorld(specs: readonly StoreSpec[], environment = environmentOf(specs)): World {
  return worldOn(createVirtualClock(start), specs, environment);
}

/** The same on any clock. */
export function worldOn<C extends Clock>(
  clock: C,
  specs: readonly StoreSpec[],
  environment = environmentOf(specs),
): World<C> {
  const store = createMemoryStore({ clock, contents: emptyMemory() });
  const repository = memoryRepository();
  const stores = specs.map((spec) => fakeStore(spec, clock));
  const reported: Failure[] = [];
  const entries = () => store.read('recovery/dev', 0, 1_000);
  let seed = 1;
  return {
    clock,
    store,
    repository,
    stores,
    reported,
    entries,
    types: async () => (await entries()).map(({ type }) => type),
    site(more = {}) {
      seed += 1;
      return {
        system: 'shop',
        owner: `plane ${seed}`,
        environment,
        target: fakeTarget(stores),
        repository,
        store,
        clock,
        random: seededRandom(seed),
        copyJournal: null,
        scratch: () => {
          throw new Error('this test has no drill');
        },
        report: (failure) => void reported.push(failure),
        ...more,
      };
    },
  };
}

function fakeTarget(stores: readonly FakeStore[]): TargetRecovery {
  const folder = join(tmpdir(), `fairway-recovery-${process.pid}`);
  return {
    copies(spec) {
      const found = stores.find(({ copies }) => copies.spec.name === spec.name);
      if (found === undefined) throw new Error(`no store ${spec.name}`);
      return found.copies;
    },
    storeFolder: (name) => join(folder, name),
    async workFolder() {
      mkdirSync(folder, { recursive: true }); // what waits for a real disk stands still on a virtual clock
      return ok(folder);
    },
    startSide: async () =>
      ok({
        address: 'postgres 127.0.0.1:1',
        env: {},
        secret: [],
        stop: async () => ok(null),
        erase: async () => ok(null),
      }),
    eraseSide: async (_spec, side) => {
      rmSync(side, { recursive: true, force: true });
      return ok(null);
    },
    exchange: async () => ok({ former: join(folder, 'former') }),
    own: { secrets: join(folder, 'secrets.json'), snapshots: folder, systemFolder: folder },
    rotateSecrets: async () => ok({ rotated: ['A'], given: [] }),
  };
}

/** Runs an operation to its end and gives its view. */
export async function finished(
  recovery: Recovery,
  clock: VirtualClock,
  begun: ReturnType<Recovery['begin']>,
) {
  const view = await begun;
  if (!view.ok) throw new Error(JSON.stringify(view.error));
  for (let turn = 0; turn < 10_000; turn += 1) {
    const now = recovery.operation(view.value.id);
    if (now?.state !== 'running') return now;
    await clock.run(instant(clock.now() + 1_000));
  }
  throw new Error('it does not end');
}
