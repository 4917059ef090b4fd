import { execFile } from 'node:child_process';
import { copyFileSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { LostMachine, LostMachineAsk } from '#cli';
import type { CopyRecord } from '#core/recovery';
import { type Clock, fail, type Instant, minutes, ok, type Random, type Result, Thrown } from '#kernel';
import { type Catalogue, latestSource, openCatalogue, restoreOwn } from '#recovery';
import { createLocalTarget } from '#targets/local';
import { journalOf, makeStateFolder, stateFolder } from './control-file.ts';
import { readEnvironment } from './definitions.ts';
import { keyFileOf, openPlaceWith, type Variables, variablesOf } from './recovery-place.ts';
import { targetOptions } from './target-options.ts';

const run = promisify(execFile);

export interface MachineWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly variables: Variables;
}

/**
 * Opens a place with copies to bring a system back into an empty folder. Failures: `recover_folder_used` (facts: folder),
 * `recover_nothing_there` (facts: place), `recover_environment_unclear` (facts: place, known), `recover_wrong_key`, those of place and key.
 */
export async function openLostMachine(
  ask: LostMachineAsk,
  world: MachineWorld,
): Promise<Result<LostMachine>> {
  const { folder, place, keyFile } = ask;
  const { clock, random } = world;
  if (existsSync(folder) && readdirSync(folder).length > 0) return fail('recover_folder_used', { folder });
  const variables = variablesOf(folder, world.variables);
  const repository = await openPlaceWith({ folder, place, keyFile, create: false, variables, clock });
  if (!repository.ok) return repository;
  const signal = AbortSignal.timeout(minutes(10));
  const listed = await repository.value.depot.list('', signal);
  if (!listed.ok) return listed;
  const chosen = choose(
    listed.value.map(({ path }) => path),
    ask,
  );
  if (!chosen.ok) return chosen;
  const { system, environment } = chosen.value;
  const catalogue = openCatalogue({
    repository: repository.value,
    system,
    environment: { name: environment },
    clock,
    random,
  });
  const copies = await catalogue.copies(signal);
  if (!copies.ok) return copies;
  const whole = await newestWhole(catalogue, copies.value, { place, keyFile }, signal);
  if (!whole.ok) return whole;
  const newest = whole.value;
  const stores = [...new Set(copies.value.map(({ of }) => of))].filter((of) => of !== newest.of);

  const kept = keyFileOf(folder, environment, {});
  return ok({
    system,
    environment,
    stores,
    newest: newest.until,
    keyFile: kept,
    async bringOwn(until, progress) {
      mkdirSync(folder, { recursive: true });
      const made = makeStateFolder(folder);
      if (!made.ok) return made;
      progress('the folder, its secrets, the journal and the snapshots');
      const state = stateFolder(folder);
      const places = {
        journal: journalOf(folder),
        secrets: join(state, environment, 'secrets.json'),
        snapshots: join(state, 'snapshots'),
        systemFolder: folder,
      };
      const brought = await restoreOwn(catalogue.source(newest, [], until), places, until);
      if (!brought.ok) return brought;
      mkdirSync(dirname(kept), { recursive: true, mode: 0o711 });
      copyFileSync(keyFile, kept);
      chmodSync(kept, 0o600);
      return brought;
    },
    bringStore: (store, until, progress) => bringStore(store, until, progress),
    installPackages: (until) => installPackages(folder, until),
  });

  async function bringStore(
    store: string,
    until: AbortSignal,
    progress: (text: string) => void,
  ): Promise<Result<{ readonly reached: Instant | null; readonly pieces: number }>> {
    const declared = await readEnvironment(folder, environment);
    if (!declared.ok) return fail('definition_unusable', { findings: declared.error.findings.length });
    const spec = declared.value.stores.find(({ name }) => name === store);
    if (spec === undefined)
      return fail('recovery_store_unknown', {
        store,
        stores: declared.value.stores.map(({ name }) => name).join(', '),
      });
    const target = createLocalTarget(targetOptions({ system, folder, environment, ...world }));
    const { recovery } = target;
    if (recovery === undefined) return fail('recovery_not_here', { environment });
    const into = recovery.storeFolder(store);
    mkdirSync(into, { recursive: true, mode: 0o711 });
    const ids = newestFirst(copies.ok ? copies.value : [], store).map(({ id }) => id);
    return firstUsable(ids, async (copy) => {
      const source = await latestSource(catalogue, store, copy, until);
      if (!source.ok) return source;
      progress(copy ?? store);
      const restored = await recovery.copies(spec).restore({
        source: source.value,
        target: { kind: 'latest' },
        folder: into,
        signal: until,
        progress: ({ share, doing }) =>
          progress(share === null ? doing : `${Math.floor(share * 100)} % ${doing}`),
      });
      return restored.ok ? ok({ reached: restored.value.reached, pieces: restored.value.pieces }) : restored;
    });
  }
}

/** What says that a copy is of no use, though an older one may be. */
const isOfCopy =
  /^(?:backup_(?:part|copy|document)_|postgres_copy_damaged|postgres_restore_failed|store_restore_failed)/;

/** Tries copies from the newest on until one can be used; the failure is that of the newest. */
async function firstUsable<T>(
  ids: readonly string[],
  attempt: (copy: string | null) => Promise<Result<T>>,
): Promise<Result<T>> {
  let first: Result<T> | null = null;
  for (const id of ids) {
    const tried = await attempt(id);
    if (tried.ok || !isOfCopy.test(tried.error.code)) return tried;
    first ??= tried;
  }
  return first ?? attempt(null);
}

/**
 * The newest copy of Fairway's own that can be read to its end, before anything is written: it is small.
 * Failures: `recover_nothing_there`, `recover_wrong_key` (facts: place, path), those of reading the newest one.
 */
async function newestWhole(
  catalogue: Catalogue,
  copies: readonly CopyRecord[],
  { place, keyFile }: Pick<LostMachineAsk, 'place' | 'keyFile'>,
  signal: AbortSignal,
): Promise<Result<CopyRecord>> {
  const own = newestFirst(copies, 'fairway');
  const tried = await firstUsable(
    own.map(({ id }) => id),
    (id) => readWhole(catalogue, own.find((copy) => copy.id === id) ?? null, place, signal),
  );
  return !tried.ok && tried.error.code === 'backup_wrong_key'
    ? fail('recover_wrong_key', { place, path: keyFile })
    : tried;
}

async function readWhole(
  catalogue: Catalogue,
  copy: CopyRecord | null,
  place: string,
  signal: AbortSignal,
): Promise<Result<CopyRecord>> {
  if (copy === null) return fail('recover_nothing_there', { place });
  try {
    const source = catalogue.source(copy, [], signal);
    for (const { name } of copy.parts) for await (const chunk of source.part(name)) void chunk;
    return ok(copy);
  } catch (reason) {
    if (reason instanceof Thrown) return { ok: false, error: reason.failure };
    throw reason;
  }
}

/** The environment whose copies of Fairway's own lie there: the named one, or the only one. */
function choose(
  paths: readonly string[],
  { place, environment }: LostMachineAsk,
): Result<{ readonly system: string; readonly environment: string }> {
  const found = paths.flatMap((path) => {
    const [, system, name] = /^([^/]+)\/([^/]+)\/copies\/fairway\/[^/]+\/copy\.json$/.exec(path) ?? [];
    return system === undefined || name === undefined ? [] : [`${system}/${name}`];
  });
  const known = [...new Set(found)];
  if (known.length === 0) return fail('recover_nothing_there', { place });
  const fitting = known.filter((name) => environment === null || name.endsWith(`/${environment}`));
  const [only, another] = fitting;
  if (only === undefined || another !== undefined)
    return fail('recover_environment_unclear', { place, known: known.join(', ') });
  const [system = '', name = ''] = only.split('/');
  return ok({ system, environment: name });
}

const newestFirst = (copies: readonly CopyRecord[], of: string): readonly CopyRecord[] =>
  copies.filter((copy) => copy.of === of).toSorted((a, b) => b.until - a.until);

/** What services import and no copy holds. Scripts of packages run, as they did when they were installed before. */
async function installPackages(folder: string, signal: AbortSignal): Promise<Result<string>> {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return ok('the system has none');
  const asked = JSON.parse(readFileSync(manifest, 'utf8')) as { dependencies?: object; workspaces?: unknown };
  const isLocked = existsSync(join(folder, 'package-lock.json'));
  const needsSome = Object.keys(asked.dependencies ?? {}).length > 0 || asked.workspaces !== undefined;
  if (!needsSome && !isLocked) return ok('the system needs none');
  const command = isLocked ? 'ci' : 'install';
  try {
    await run('npm', [command, '--no-audit', '--no-fund'], { cwd: folder, signal, timeout: minutes(15) });
    return ok(`npm ${command}`);
  } catch (reason) {
    return fail('packages_not_installed', {
      folder,
      reason: reason instanceof Error ? (reason.message.split('\n')[0] ?? '') : '',
    });
  }
}
