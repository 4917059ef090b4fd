import { fail, millis, ok, type Result } from '#kernel';
import type { EffectContext, Place } from '#ports';
import type { Clock, Random } from '#kernel';
import { type Book, openBook, type ReplicaRecord } from './book.ts';
import { type Conductor, createConductor } from './conductor.ts';
import { edgeOf } from './edge.ts';
import { type Candidate, previewPorts, routesOf } from './endpoints.ts';
import { type Folders, foldersOf, placeMark, prepareFolders } from './folders.ts';
import type { LaunchPad } from './launch.ts';
import { detectLimits, type Limits } from './limits.ts';
import { type Mask, maskOf } from './mask.ts';
import { createMeasuring, type Measuring } from './measuring.ts';
import type { RouterPorts } from './ports.ts';
import type { RouterName } from '#core/system';
import type { StoreEvent } from '#stores';
import { createPublisher, type Publisher } from './publisher.ts';
import type { RouterClient, RouterStarter } from './router-client.ts';
import { openSecrets, type Secrets } from './secrets.ts';
import { type CopiesMaker, keepStores, type StoreKeeper, type StoreMaker } from './stores.ts';
import { type Supervisor, superviseReplica, type Ward } from './supervisor.ts';
import { createNamedTurns } from './turns.ts';

export interface LocalTargetOptions {
  readonly place: Place;
  readonly clock: Clock;
  readonly random: Random;
  readonly router: RouterStarter;
  /** HAProxy, for environments that declare it. */
  readonly haproxy?: RouterStarter;
  readonly stores: StoreMaker;
  /** How stores are copied and brought back; left out: this target offers no recovery. */
  readonly copies?: CopiesMaker;
  /** Told what happens to the stores: a standby that takes over, one that is lost, data that are exchanged. */
  readonly told?: (event: StoreEvent) => void;
  /** Fairway's own environment variables: secrets that are given, and PATH, HOME, TZ and LANG for the services. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** false: memory is watched from outside even where control groups could be used. */
  readonly controlGroups?: boolean;
}

/** Which router, and on how many threads. */
export interface RouterWish {
  readonly kind: RouterName;
  readonly workers: number;
}

/** Everything this process holds while it looks after one environment. The parts below `router` change. */
export interface Session {
  readonly options: LocalTargetOptions;
  readonly folders: Folders;
  readonly book: Book;
  readonly secrets: Secrets;
  readonly limits: Limits;
  readonly pad: LaunchPad;
  readonly ward: Ward;
  readonly stores: StoreKeeper;
  readonly publisher: Publisher;
  readonly conductor: Conductor;
  readonly measuring: Measuring;
  readonly supervisors: Map<string, Supervisor>;
  /** Logs of the jobs that are waited for. */
  readonly jobLogs: Set<string>;
  readonly inTurn: ReturnType<typeof createNamedTurns>;
  /** Aborted when this process stops watching. */
  readonly watching: AbortController;
  /** What runs in the background until then. */
  readonly background: Promise<void>[];
  router: RouterClient | null;
  /** Null: nobody has said which kind is wanted, or none runs. */
  routerKind: { readonly wanted: RouterWish | null; readonly present: RouterWish | null };
  routerEpoch: string | null;
  /** Whether it had a table when we found it: then it listens on the ports of that table. */
  routerHasTable: boolean;
  ports: RouterPorts | null;
  isOpen: boolean;
}

/** Reads what is on disk. Failures: `state_unreadable`, and those of `diskFailure`. */
export async function startSession(options: LocalTargetOptions, limits: Limits): Promise<Result<Session>> {
  const { place, clock, random } = options;
  const folders = foldersOf(place);
  const prepared = await prepareFolders(folders);
  if (!prepared.ok) return prepared;
  const book = await openBook(folders.state);
  if (!book.ok) return book;
  const { variables } = options;
  const secrets = await openSecrets({ file: folders.secrets, systemFolder: place.folder, variables });
  if (!secrets.ok) return secrets;
  const { stores: make, told } = options;
  const stores = keepStores({ make, folderOf: (name) => folders.store(name), clock, random, told });
  const pad: LaunchPad = {
    place,
    folders,
    secrets: secrets.value,
    limits,
    variables,
    bindings: stores.bindings,
    ports: () => session.ports?.ports ?? {},
    previews: () => previewPorts(session.book.state().table, session.ports?.previews ?? {}),
    verified: new Set(),
  };
  const publisher = createPublisher({
    clock,
    router: () => session.router,
    wanted: () => wantedTable(session),
  });
  const supervisors = new Map<string, Supervisor>();
  const conductor = createConductor({ book: book.value, clock, supervisors });
  const mask = () => maskFor(session);
  const ward: Ward = {
    book: book.value,
    pad,
    clock,
    random,
    mask,
    portsInUse: () => portsInUse(session),
    changed() {
      publisher.nudge();
      conductor.nudge();
    },
  };
  const session: Session = {
    options,
    folders,
    book: book.value,
    secrets: secrets.value,
    limits,
    pad,
    ward,
    stores,
    publisher,
    conductor,
    measuring: createMeasuring({ clock, epoch: epochOf(clock, random) }),
    supervisors,
    jobLogs: new Set(),
    inTurn: createNamedTurns(),
    watching: new AbortController(),
    background: [],
    router: null,
    routerKind: { wanted: null, present: null },
    routerEpoch: null,
    routerHasTable: false,
    ports: null,
    isOpen: false,
  };
  return ok(session);
}

/** Counts of this process begin at zero: nothing another one has counted may be taken for them. */
const epochOf = (clock: Clock, random: Random) =>
  `${clock.now().toString(36)}-${Math.floor(random() * 2 ** 40).toString(36)}`;

/** The same for every session of this place: what the machine can limit. */
export const limitsFor = ({ place, controlGroups }: LocalTargetOptions): Limits =>
  detectLimits(placeMark(place), controlGroups ?? true);

/**
 * Lets an effect in: not after its signal, not from a controller that has been replaced (R6).
 * Failures: `cancelled`, `fenced` (facts: fence, highest), and those of the book.
 */
export async function admit({ book }: Session, context: EffectContext): Promise<Result<null>> {
  if (context.signal.aborted) return fail('cancelled', { what: context.key });
  const ours = await book.stillOurs();
  if (!ours.ok) return ours;
  const highest = book.state().fence;
  if (context.fence < highest) return fail('fenced', { fence: context.fence, highest });
  if (context.fence === highest) return ok(null);
  return book.change((state) => ({ ...state, fence: Math.max(state.fence, context.fence) }));
}

/** Ends the watching and leaves the world as it is. */
export async function endSession(session: Session): Promise<void> {
  session.watching.abort();
  await session.conductor.stop();
  await Promise.all([...session.supervisors.values()].map((supervisor) => supervisor.halt()));
  await session.publisher.stop();
  await Promise.all(session.background);
  session.supervisors.clear();
  session.isOpen = false;
}

export function supervise(session: Session, ...[replica, run, ending]: SuperviseArguments): Supervisor {
  const supervisor = superviseReplica(session.ward, replica, run, ending ?? null);
  session.supervisors.set(replica, supervisor);
  return supervisor;
}
type SuperviseArguments = [replica: string, run: Parameters<typeof superviseReplica>[2], ending?: string];

/** Ports of this environment that no replica may be given: some are free only at this moment. */
export const portsInUse = ({ book, ports }: Pick<Session, 'book' | 'ports'>): Set<number> =>
  new Set([
    ...book.state().replicas.map(({ port }) => port),
    ...Object.values(ports?.ports ?? {}),
    ...Object.values(ports?.previews ?? {}),
  ]);

export const recordsOf = (session: Session, revision: string): readonly ReplicaRecord[] =>
  session.book.state().replicas.filter((record) => record.revision === revision);

/** Values of secrets and of store addresses that carry one. */
function maskFor(session: Session): Mask {
  const fromStores = [...session.stores.bindings.values()].flatMap(({ env, secret }) =>
    secret.map((name) => env[name] ?? ''),
  );
  return maskOf([...session.secrets.all(), ...fromStores]);
}

function wantedTable(session: Session) {
  const { environment, table } = session.book.state();
  if (environment === null || table === null || session.ports === null) return null;
  const { ports, previews } = session.ports;
  const candidates = session.book.state().replicas.map((record): Candidate => {
    const supervisor = session.supervisors.get(record.replica);
    return {
      replica: record.replica,
      revision: record.revision,
      port: record.port,
      isReady: supervisor?.isReady() ?? false,
      couldServe: supervisor?.couldServe() ?? false,
    };
  });
  const { options, folders } = session;
  const edge = edgeOf(environment.edge, { systemFolder: options.place.folder, logs: folders.logs });
  const routes = routesOf({ environment, table, ports, previews, candidates });
  return { version: table.version, routes, ...(edge === null ? {} : { edge }) };
}

/** What is left of a context's time, at least 1 ms. */
export const timeLeft = (clock: Clock, context: EffectContext) =>
  millis(Math.max(1, context.deadline - clock.now()));
