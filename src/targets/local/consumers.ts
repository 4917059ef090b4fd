import type { Instant } from '#kernel';
import type { ReplicaView } from '#ports';

/**
 * What a replica of a consumer was last told. `resuming`: it was asked to take jobs and has not answered yet, so it may
 * take some; `active` holds until it has answered that it takes none.
 */
export type ConsumerRole = 'passive' | 'resuming' | 'active';

export type Order = 'pause' | 'resume';

/** One replica of a consumer, as its record and its supervisor have it. */
export interface ConsumerReplica {
  readonly replica: string;
  readonly createdAt: Instant;
  /** Not one that leaves. */
  readonly isServing: boolean;
  readonly state: ReplicaView['state'];
  /** Whether its process is there: one that is gone takes no jobs. */
  readonly runs: boolean;
  /** Whether this process has ever been ready. */
  readonly served: boolean;
  readonly role: ConsumerRole;
  /** Whether it has answered this very control plane what its role says. */
  readonly isTold: boolean;
}

export interface Standing {
  /** Who is to be told what now. */
  readonly orders: ReadonlyMap<string, Order>;
  /** Exactly the wanted number of ready replicas takes jobs, and all others have answered that they take none. */
  readonly isSettled: boolean;
  /** Ready replicas that have answered `resume`. */
  readonly resumed: number;
  /** Those that have not answered `pause` yet. */
  readonly unpaused: readonly string[];
}

/**
 * R14. Which replicas of a revision take jobs: those that do already, the oldest first, then the oldest of the ready ones.
 * One that stopped being ready is replaced where another one is ready. Nobody is told to take jobs while so many may take
 * some already, also those that have not answered `pause` yet: the number is kept on the way as well.
 */
export function standingOf(replicas: readonly ConsumerReplica[], active: number): Standing {
  const running = replicas.filter(({ runs }) => runs);
  const eligible = running.filter((each) => each.isServing && rankOf(each) < never);
  const chosen = new Set(eligible.sort(inOrder).slice(0, active));
  const others = running.filter((each) => !chosen.has(each) && !hasPaused(each));
  const orders = new Map<string, Order>(others.map(({ replica }) => [replica, 'pause']));
  let taking = [...others, ...chosen].filter(({ role }) => role !== 'passive').length;
  for (const each of chosen) {
    if (each.role === 'active' && each.isTold) continue;
    if (each.role === 'passive' && taking >= active) continue;
    if (each.role === 'passive') taking += 1;
    orders.set(each.replica, 'resume');
  }
  const resumed = [...chosen].filter(
    (each) => each.state === 'ready' && each.role === 'active' && each.isTold,
  );
  return {
    orders,
    isSettled: resumed.length === active && others.length === 0,
    resumed: resumed.length,
    unpaused: others.map(({ replica }) => replica),
  };
}

const never = 3;

/** One that another control plane left and that has not been asked yet (`starting`) keeps its place meanwhile. */
function rankOf({ role, state }: ConsumerReplica): number {
  if (role !== 'passive') return state === 'unready' ? 2 : 0;
  return state === 'ready' ? 1 : never;
}

const inOrder = (a: ConsumerReplica, b: ConsumerReplica) =>
  rankOf(a) - rankOf(b) || a.createdAt - b.createdAt || (a.replica < b.replica ? -1 : 1);

/** A process that was started passive and has never been ready cannot be asked yet, and nobody asked it to take jobs. */
function hasPaused({ role, isTold, served, state }: ConsumerReplica): boolean {
  if (role !== 'passive') return false;
  return isTold || (!served && state !== 'ready');
}
