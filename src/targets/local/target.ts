import { canonicalJson, fail, ok, type Result } from '#kernel';
import type { RouteTable } from '#core/release';
import type { Environment } from '#core/system';
import type { Capabilities, EffectContext, Target, TaskAsk, TaskOutcome } from '#ports';
import { adoptRevision, buildRevision } from './build.ts';
import { closeEnvironment } from './close.ts';
import { consume } from './consume.ts';
import { runJob } from './job.ts';
import type { Limits } from './limits.ts';
import { readLogs } from './logs.ts';
import { observeSession } from './observe.ts';
import { openEnvironment } from './open.ts';
import { localRecovery } from './recovery.ts';
import { drainReplicas, stopReplicas } from './removal.ts';
import { ensureReplicas } from './replicas.ts';
import {
  admit,
  endSession,
  limitsFor,
  type LocalTargetOptions,
  type Session,
  startSession,
  timeLeft,
} from './session.ts';
import { runCheck } from './task.ts';

/**
 * One environment as processes of this machine. Everything it knows lies under `<folder>/.fairway`; a second target
 * on the same folder goes on where the first one stopped.
 */
export function createLocalTarget(options: LocalTargetOptions): Target {
  const limits = limitsFor(options);
  const tasks = new Map<string, Promise<Result<TaskOutcome>>>();
  let current: Promise<Result<Session>> | null = null;

  /** Reads the disk once; after a failure the next one who asks tries again. */
  async function session(): Promise<Result<Session>> {
    current ??= startSession(options, limits);
    const started = await current;
    if (!started.ok) current = null;
    return started;
  }

  async function perform<T>(
    context: EffectContext,
    work: (session: Session) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const started = await session();
    if (!started.ok) return started;
    const admitted = await admit(started.value, context);
    return admitted.ok ? work(started.value) : admitted;
  }

  const { copies } = options;
  return {
    can: capabilitiesOf(limits),
    ...(copies === undefined ? {} : { recovery: localRecovery(options, copies, session) }),
    async open(environment, context) {
      await leaveWhenReplaced(context);
      return perform(context, (now) => now.inTurn(' open', () => openEnvironment(now, environment, context)));
    },
    build: (service, sourceFolder, context, secrets = []) =>
      perform(context, (now) => buildRevision(now, { service, sourceFolder, secrets }, context)),
    adopt: (service, build, context, secrets = []) =>
      perform(context, (now) => adoptRevision(now, { service, build, secrets })),
    ensureReplicas: (ask, context) => perform(context, (now) => ensureReplicas(now, ask, context)),
    setRoute: (table, context) => perform(context, (now) => setRoute(now, table)),
    consume: (ask, context) => perform(context, (now) => consume(now, ask, context)),
    drain: (ask, context) => perform(context, (now) => drainReplicas(now, ask, context)),
    stop: (ask, context) => perform(context, (now) => stopReplicas(now, ask, context)),
    runTask: (ask, context) => perform(context, (now) => runTaskOnce(now, tasks, ask, context)),
    async observe() {
      const started = await session();
      if (started.ok) return observeSession(started.value);
      const router = { state: 'absent', acknowledged: 0, addresses: {}, previews: {}, counts: [] } as const;
      return { at: options.clock.now(), replicas: [], stores: [], unread: [], router };
    },
    async *logs(ask, signal) {
      const started = await session();
      if (!started.ok) return;
      const { folders, ward } = started.value;
      yield* readLogs({ folder: folders.logs, ask, mask: () => ward.mask(), clock: options.clock, signal });
    },
    async close({ erase }, context) {
      const closed = await perform(context, (now) =>
        now.inTurn(' open', () => closeEnvironment(now, erase, context)),
      );
      if (closed.ok) current = null;
      return closed;
    },
    async release() {
      const started = await current;
      current = null;
      if (started?.ok === true) await endSession(started.value);
    },
  };

  /** A controller that was replaced and has been put back in charge begins anew from what is on disk. */
  async function leaveWhenReplaced(context: EffectContext): Promise<void> {
    const started = await current;
    if (started?.ok !== true) return;
    const ours = await started.value.book.stillOurs();
    const isReplaced = !ours.ok && ours.error.code === 'fenced';
    if (!isReplaced || context.fence <= Number(ours.error.facts['highest'])) return;
    await endSession(started.value);
    current = null;
  }
}

function capabilitiesOf(limits: Limits): Capabilities {
  return {
    name: 'local',
    weightedTraffic: true,
    affinity: true,
    perRevisionCounters: true,
    embeddedStores: ['postgres', 'redis', 'bucket'],
    memoryLimit: limits.memory,
    cpuLimit: limits.cpu,
    runsTasks: true,
    pausesConsumers: true,
    previews: true,
  };
}

/** Failures: `not_open`, `route_stale` (facts: version, present), and those of the publisher. */
async function setRoute(session: Session, table: RouteTable): Promise<Result<{ acknowledged: number }>> {
  if (!session.isOpen) return fail('not_open');
  const kept = await session.inTurn(' route', async () => {
    const present = session.book.state().table;
    const isSame = present !== null && canonicalJson(present) === canonicalJson(table);
    if (isSame) return ok(null);
    if (present !== null && table.version <= present.version)
      return fail('route_stale', { version: table.version, present: present.version });
    return session.book.change((state) => ({ ...state, table }));
  });
  if (!kept.ok) return kept;
  const published = await session.publisher.publish();
  return published.ok ? ok({ acknowledged: table.version }) : published;
}

function check(
  session: Session,
  environment: Environment,
  ask: Extract<TaskAsk, { readonly kind: 'check' }>,
  context: EffectContext,
): Promise<Result<TaskOutcome>> {
  const { clock } = session.options;
  return runCheck({
    ...ask,
    environment,
    pad: session.pad,
    mask: session.ward.mask(),
    clock,
    atMost: timeLeft(clock, context),
    signal: context.signal,
  });
}

const rememberedTasks = 100;

/** The same effect asked for again gets the outcome of the first time; one that failed to run is tried again. */
function runTaskOnce(
  session: Session,
  tasks: Map<string, Promise<Result<TaskOutcome>>>,
  ask: TaskAsk,
  context: EffectContext,
): Promise<Result<TaskOutcome>> {
  const { environment } = session.book.state();
  if (environment === null) return Promise.resolve(fail('not_open'));
  const what = ask.kind === 'job' ? [ask.job.id, ask.resume ?? ''] : [ask.check.name, ask.arm];
  const name = [context.key, ask.kind, ...what].join('\0');
  const known = tasks.get(name);
  if (known !== undefined) return known;
  const outcome =
    ask.kind === 'job' ? runJob(session, ask, context) : check(session, environment, ask, context);
  tasks.set(name, outcome);
  const oldest = tasks.keys().next().value;
  if (tasks.size > rememberedTasks && oldest !== undefined) tasks.delete(oldest);
  return outcome.then((result) => {
    if (!result.ok) tasks.delete(name);
    return result;
  });
}
