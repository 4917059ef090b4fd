import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreSpec } from '#core/system';
import { fail, type Instant, ok, type Result } from '#kernel';
import type { SideStore, TargetRecovery } from '#ports';
import { codeOf, ensureFolder } from './files.ts';
import { type Folders, foldersOf } from './folders.ts';
import type { LocalTargetOptions, Session } from './session.ts';
import type { CopiesMaker } from './stores.ts';

/**
 * Recovery of the stores that this target runs as processes of this machine. Restored stores and former data lie below
 * `.fairway/<environment>/recovery`.
 */
export function localRecovery(
  options: LocalTargetOptions,
  copies: CopiesMaker,
  session: () => Promise<Result<Session>>,
): TargetRecovery {
  const folders = foldersOf(options.place);
  const { clock } = options;

  /** As long as no other controller has taken over. */
  async function inCharge<T>(work: (session: Session) => Promise<Result<T>>): Promise<Result<T>> {
    const started = await session();
    if (!started.ok) return started;
    const ours = await started.value.book.stillOurs();
    return ours.ok ? work(started.value) : ours;
  }

  return {
    copies: (spec) => copies({ spec, folder: folders.store(spec.name), clock }),
    storeFolder: (name) => folders.store(name),
    async workFolder() {
      // The server's user is let through, not in, when a store is started below.
      const made = await ensureFolder(folders.recovery, 0o700);
      return made.ok ? ok(folders.recovery) : made;
    },
    startSide: (spec, folder, signal) => startSide(options, spec, folder, signal),
    eraseSide: (spec, folder, signal) => endSide(options, spec, folder, { erase: true, signal }),
    exchange: (name, restored, signal) =>
      inCharge((now) => now.inTurn(' open', () => exchange(now, name, restored, signal))),
    own: { secrets: folders.secrets, snapshots: folders.snapshots, systemFolder: options.place.folder },
    rotateSecrets: () => inCharge((now) => now.secrets.rotate()),
  };
}

/** A restored store has no standbys and hands over no log: it would write into the history of the one it comes from. */
async function startSide(
  { stores, clock, random }: LocalTargetOptions,
  declared: StoreSpec,
  folder: string,
  signal: AbortSignal,
): Promise<Result<SideStore>> {
  const store = stores({ spec: alone(declared), folder, clock, random });
  const binding = await store.ensure(signal);
  if (!binding.ok) return binding;
  return ok({
    ...binding.value,
    stop: (until) => store.stop(until),
    async erase(until) {
      const stopped = await store.stop(until);
      return stopped.ok ? store.erase() : stopped;
    },
  });
}

/** Also of one that a control plane was killed in the middle of making: its server replays on by itself. */
async function endSide(
  { stores, clock, random }: LocalTargetOptions,
  declared: StoreSpec,
  folder: string,
  { erase, signal }: { readonly erase: boolean; readonly signal: AbortSignal },
): Promise<Result<null>> {
  const store = stores({ spec: alone(declared), folder, clock, random });
  const stopped = await store.stop(signal);
  return stopped.ok && erase ? store.erase() : stopped;
}

/** Ends every side store of the environment, whoever started it; with `erase` their data go too. Failures: those of the stores. */
export async function endSides(session: Session, erase: boolean, signal: AbortSignal): Promise<Result<null>> {
  const { folders, options, book } = session;
  const sides = join(folders.recovery, 'sides');
  const specs = book.state().environment?.stores ?? [];
  for (const id of await namesIn(sides)) {
    for (const name of await namesIn(join(sides, id))) {
      const spec = specs.find((store) => store.name === name);
      if (spec === undefined) continue;
      const ended = await endSide(options, spec, join(sides, id, name), { erase, signal });
      if (!ended.ok) return ended;
    }
    if (erase) await rm(join(sides, id), { recursive: true, force: true });
  }
  return ok(null);
}

function alone(declared: StoreSpec): StoreSpec {
  const { backup: _backup, ...spec } = declared;
  if (spec.kind !== 'postgres') return spec;
  const { standbys: _standbys, ...single } = spec;
  return single;
}

/** Failures: `store_not_known` (facts: store), those of the store and of the disk. */
async function exchange(
  session: Session,
  name: string,
  restored: string,
  signal: AbortSignal,
): Promise<Result<{ readonly former: string }>> {
  const { folders, stores, options, book } = session;
  const spec = book.state().environment?.stores.find((store) => store.name === name);
  if (spec === undefined) return fail('store_not_known', { store: name });
  if (!session.isOpen) stores.know([spec]);
  const made = await ensureFolder(folders.recovery, 0o700);
  if (!made.ok) return made;
  const former = join(formersOf(folders), `${name}-${stampOf(options.clock.now())}`);
  return stores.exchange(name, { restored, former }, signal);
}

/** Deletes former data of stores, with whatever of them lies elsewhere. */
export async function eraseFormers({ folders, options, book }: Session): Promise<Result<null>> {
  const { clock, random, stores: make } = options;
  for (const name of await namesIn(formersOf(folders))) {
    const spec = book.state().environment?.stores.find((store) => name.startsWith(`${store.name}-2`));
    if (spec === undefined) continue;
    const former = make({ spec: alone(spec), folder: join(formersOf(folders), name), clock, random });
    const erased = await former.erase();
    if (!erased.ok) return erased;
  }
  return ok(null);
}

const formersOf = (folders: Folders) => join(folders.recovery, 'former');

/** In ISO 8601's basic form: it sorts by time and is a name everywhere. */
const stampOf = (at: Instant) => new Date(at).toISOString().replaceAll(/[-:.]/g, '');

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return [];
    throw reason;
  }
}
