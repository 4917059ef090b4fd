import type { Revision } from '#core/release';
import { between, type Clock, type Instant, type Random, type Result, seconds } from '#kernel';
import type { ReplicaView } from '#ports';
import { endProcess, type ProcessExit, signalGroup } from '#process';
import { afterAnExit, delayOf, noExits } from './back-off.ts';
import { type Book, type ReplicaRecord, withReplica } from './book.ts';
import { endingInWords, notStartedInWords } from './ending.ts';
import { type Advice, type Health, newHealth } from './health.ts';
import { intendReplica, startIntended } from './intent.ts';
import type { LaunchPad, Run } from './launch.ts';
import type { Mask } from './mask.ts';
import { pickPort } from './ports.ts';
import { probeUntil } from './probing.ts';
import { viewOf } from './replica-view.ts';
import { lastLine } from './tail.ts';

/** What one replica needs of the target around it. */
export interface Ward {
  readonly book: Book;
  readonly pad: LaunchPad;
  readonly clock: Clock;
  readonly random: Random;
  mask(): Mask;
  portsInUse(): ReadonlySet<number>;
  /** The set of endpoints may have changed. */
  changed(): void;
}

/** Watches one replica: asks its probes, starts it again after an exit nobody asked for, knows how it is. */
export interface Supervisor {
  readonly replica: string;
  view(): ReplicaView;
  /** Whether it should receive requests. */
  isReady(): boolean;
  /** Whether it could receive requests where nothing better is left: it runs and has been ready before. */
  couldServe(): boolean;
  /** Resolves when the first answer of a probe is known, or the process is gone. */
  readonly firstLook: Promise<void>;
  /** Kills the process because of `reason`; it is started again and the reason is shown. */
  condemn(reason: string): void;
  /** Ends the watching; the process stays. Resolves when nothing of it runs any more. */
  halt(): Promise<void>;
}

/** A process that fails its probes is not given its whole grace. */
const condemnedGrace = seconds(5);
const noProbes = { live: null, ready: null, startup: null } as const;

/** `first` is the process that runs, or null when one is to be started; `ending` says how the last one ended. */
export function superviseReplica(
  ward: Ward,
  replica: string,
  first: Run | null,
  ending: string | null = null,
): Supervisor {
  const { book, clock, pad } = ward;
  const halted = new AbortController();
  const look = Promise.withResolvers<void>();
  let run: Run | null = first;
  let health: Health | null = null;
  let startedAt: Instant = clock.now();
  let lastEnding = ending;
  let condemned: string | null = null;
  let backOff = noExits;

  const record = () => book.state().replicas.find((each) => each.replica === replica);
  const revision = () => book.state().revisions[record()?.revision ?? ''];
  const isServing = () => record()?.phase === 'serving';
  const isUp = () => run !== null && condemned === null && isServing();

  async function live(): Promise<void> {
    for (;;) {
      run ??= await comeBack();
      if (run === null) return;
      const present = run;
      const exit = await watch(present);
      if (halted.signal.aborted) return;
      run = null;
      await afterExit(present, exit);
    }
  }

  /** Resolves when the process is gone, or nobody watches any more. */
  async function watch(present: Run): Promise<ProcessExit | null> {
    startedAt = clock.now();
    const gone = new AbortController();
    const exited = present.exited.finally(() => gone.abort());
    const probes = revision()?.spec.probes ?? noProbes;
    let seen = newHealth(probes, startedAt);
    health = seen;
    if (!isServing()) look.resolve();
    await probeUntil(AbortSignal.any([gone.signal, halted.signal]), {
      clock,
      probes,
      health: () => seen,
      port: () => (isServing() ? (record()?.port ?? null) : null),
      report: (next, advice) => {
        const before = seen;
        seen = next;
        return report(present, before, next, advice);
      },
    });
    return halted.signal.aborted ? null : exited;
  }

  async function report(present: Run, before: Health, next: Health, advice: Advice): Promise<void> {
    health = next;
    look.resolve();
    if (before.ready === null && next.ready === true) await book.change(withReplica(replica, served));
    if (before.ready !== next.ready) ward.changed();
    if (advice === 'restart') await endSilent(present, next.detail ?? 'it did not answer');
  }

  async function endSilent(present: Run, reason: string): Promise<void> {
    condemned ??= `restarted because: ${reason}`;
    ward.changed();
    const declared = revision()?.spec.shutdown.grace ?? condemnedGrace;
    const grace = declared < condemnedGrace ? declared : condemnedGrace;
    await endProcess(present.identity, { grace, clock, signal: halted.signal });
  }

  /** Children it left behind go too; the exit is counted and explained. */
  async function afterExit(present: Run, exit: ProcessExit | null): Promise<void> {
    signalGroup(present.identity.pid, 'SIGKILL');
    health = null;
    look.resolve();
    ward.changed();
    const seen = record();
    if (seen === undefined) return;
    const lastWords = await lastLine(pad.folders.log(seen.service, replica)).catch(() => null);
    lastEnding = endingInWords({
      exit,
      condemned,
      killedForMemory: pad.limits.wasKilledForMemory(seen.limits),
      revision: revision(),
      lastLine: lastWords === null ? null : ward.mask()(lastWords),
    });
    pad.limits.remove(seen.limits);
    const lostItsPort = condemned === null && lastWords?.includes('EADDRINUSE') === true;
    condemned = null;
    const judged = afterAnExit(backOff, { lasted: between(startedAt, clock.now()), lostItsPort });
    backOff = judged.backOff;
    if (!judged.isCrash) lastEnding = null;
    if (isServing()) await book.change(withReplica(replica, judged.isCrash ? crashed : ended));
  }

  /** Waits as long as is due and starts the replica again, on another port, until that succeeds or nobody wants it. */
  async function comeBack(): Promise<Run | null> {
    for (;;) {
      await clock.sleep(delayOf(backOff), halted.signal);
      if (halted.signal.aborted || !isServing()) return null;
      const started = await startAnew();
      if (started.ok) return started.value;
      lastEnding = notStartedInWords(started.error);
      backOff = { ...backOff, exitsInARow: backOff.exitsInARow + 1 };
    }
  }

  async function startAnew(): Promise<Result<Run>> {
    const port = await pickPort(ward.random, ward.portsInUse());
    if (!port.ok) return port;
    const intended = await intendReplica(book, replica, port.value);
    return intended.ok ? startIntended(book, pad, replica) : intended;
  }

  const life = live().finally(() => look.resolve());

  return {
    replica,
    view: () => viewOf(record(), { run, health, lastEnding, replica, isConsumer: isConsumer(revision()) }),
    isReady: () => isUp() && health?.ready === true,
    couldServe: () => isUp() && record()?.served === true,
    firstLook: look.promise,
    condemn(reason) {
      if (run === null || condemned !== null) return;
      condemned = reason;
      signalGroup(run.identity.pid, 'SIGKILL');
    },
    halt() {
      halted.abort();
      return life;
    },
  };
}

/** Revisions of before there were consumers do not say. */
const isConsumer = (revision: Revision | undefined) => (revision?.spec.consumer ?? null) !== null;

const served = (record: ReplicaRecord): ReplicaRecord => ({ ...record, served: true });
const ended = (record: ReplicaRecord): ReplicaRecord => ({ ...record, process: null });
const crashed = (record: ReplicaRecord): ReplicaRecord => ({ ...ended(record), crashes: record.crashes + 1 });
