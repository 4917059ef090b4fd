import { hostname } from 'node:os';
import type { ServerOptions } from '#server';
import { type Clock, err, type Failure, millis, ok, type Result } from '#kernel';
import type { Store } from '#ports';
import { copyJournal, type RecoverySite } from '#recovery';
import { openPostgresStore, openSqliteStore } from '#store';
import {
  type ControlFile,
  joinShared,
  journalOf,
  lockOwn,
  readAny,
  writeControlFile,
  writeSharedControlFile,
} from './control-file.ts';
import { readSystemName } from './definitions.ts';
import { scopedStore, watchLeases } from './shared-store.ts';
import type { StoreChoice } from './store-choice.ts';

/** The state of a system as one control plane holds it: its store, and its place among those that serve the folder. */
export interface State {
  /** Where it will listen. */
  readonly address: string;
  readonly store: Store;
  /** Identifies this control plane to the others. */
  readonly owner: string;
  /** Left out: there are no others. */
  readonly inCharge?: NonNullable<ServerOptions['inCharge']>;
  /** A consistent copy of the journal into this file, while it is in use; null: a shared store is copied by those who run it. */
  readonly copyJournal: RecoverySite['copyJournal'];
  announce(file: Omit<ControlFile, 'format'>): void;
  close(): Promise<void>;
}

/** Given the address of the last time, where there was one. */
type ChoosePort = (last: string | null) => Promise<Result<number>>;

/** Failures: those of `choosePort`, `lockOwn`, `joinShared` and of opening the store. */
export function openState(
  folder: string,
  clock: Clock,
  choice: StoreChoice,
  choosePort: ChoosePort,
): Promise<Result<State>> {
  return choice.kind === 'own'
    ? openOwn(folder, clock, choosePort)
    : openShared(folder, clock, choice, choosePort);
}

async function openOwn(folder: string, clock: Clock, choosePort: ChoosePort): Promise<Result<State>> {
  const lock = lockOwn(folder);
  if (!lock.ok) return lock;
  const last = readAny(folder);
  const port = await choosePort(last?.address ?? null);
  if (!port.ok) return leave(lock.value, port);
  const store = await openSqliteStore(journalOf(folder), { clock, busyTimeout: millis(1_000) });
  if (!store.ok) return leave(lock.value, store);
  return ok({
    address: addressOf(port.value),
    store: store.value,
    owner: `local ${folder}`,
    copyJournal: (file) => copyJournal(journalOf(folder), file),
    announce: (file) => writeControlFile(folder, file),
    async close() {
      await store.value.close();
      lock.value();
    },
  });
}

function leave<T>(unlock: () => void, result: T): T {
  unlock();
  return result;
}

async function openShared(
  folder: string,
  clock: Clock,
  { url, shown }: StoreChoice & { kind: 'shared' },
  choosePort: ChoosePort,
): Promise<Result<State>> {
  const system = await readSystemName(folder);
  // The name says which part of the store is ours: without it nothing may be read or written.
  if (system === null) return err(definitionUnusable);
  const joined = await joinShared(folder, shown, clock);
  if (!joined.ok) return joined;
  const port = await choosePort(null);
  if (!port.ok) return port;
  const opened = await openPostgresStore({ url });
  if (!opened.ok) return opened;
  const address = addressOf(port.value);
  const owner = `${hostname()} ${process.pid} ${address}`;
  const { store, inCharge } = watchLeases(scopedStore(opened.value, system), owner, clock);
  let remove = () => {};
  return ok({
    address,
    store,
    owner,
    inCharge,
    copyJournal: null,
    announce(file) {
      remove = writeSharedControlFile(folder, file);
    },
    async close() {
      remove();
      await store.close();
    },
  });
}

const addressOf = (port: number) => `http://127.0.0.1:${port}`;

const definitionUnusable: Failure = { code: 'definition_unusable', facts: { findings: 1 } };
