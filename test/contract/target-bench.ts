import type { Revision, RouteTable } from '#core/release';
import type { Environment, Service } from '#core/system';
import { type Instant, percent, type Result } from '#kernel';
import type { EffectContext, Observation, ReplicaView, Target } from '#ports';

/** What a target brings so that the contract can be tried on it. One world per test. */
export interface TargetHarness {
  /** The present control plane's target. */
  target(): Target;
  /**
   * Has the services `web` (HTTP, becomes ready), `lame` (HTTP, never ready), `worker` (no traffic) and `queue` (no traffic,
   * a consumer that does as it is told at once).
   */
  readonly environment: Environment;
  /**
   * `short` prints a JSON line of progress (resume `half`, 1 of 2) and `done`, and ends with 0; `failing` ends with 3;
   * `patient` ends with 0 when `letJobsEnd` was called, and at once when it is asked to end.
   */
  readonly jobs: Readonly<Record<'short' | 'failing' | 'patient', Service>>;
  readonly sourceFolder: string;
  /** On the clock the target lives by. */
  now(): Instant;
  context(more?: Partial<EffectContext>): EffectContext;
  /** Changes the service's files, so that its next build differs. */
  change(service: string): Promise<void>;
  /** The control plane goes and another one comes. */
  restart(): Promise<void>;
  /** Ends the replica's process the hard way. */
  crash(replica: ReplicaView): Promise<void>;
  /** How often a job has been begun so far. */
  timesBegun(job: string): Promise<number>;
  letJobsEnd(): Promise<void>;
  /** Which revision answers a user at an address of an observation. */
  answerAt(address: string): Promise<string>;
  /** Observes until it holds, on whatever clock the target lives by; fails after a while. */
  observeUntil(holds: (observation: Observation) => boolean | Promise<boolean>): Promise<Observation>;
  end(): Promise<void>;
}

/** What the sentences of the contract are told with. */
export interface TargetBench {
  harness(): TargetHarness;
  target(): Target;
  context(more?: Partial<EffectContext>): EffectContext;
  readonly build: (service: string) => Promise<Revision>;
  readonly ensure: (revision: Revision, count: number) => Promise<Result<null>>;
  /** Asks for so many replicas and waits until so many are ready. */
  readonly ready: (revision: Revision, count: number) => Promise<Observation>;
  /** The control plane goes, another one comes and opens the environment. */
  restart(): Promise<void>;
}

export function benchOf(harness: () => TargetHarness): TargetBench {
  const context = (more: Partial<EffectContext> = {}) => harness().context(more);
  const ensure = (revision: Revision, count: number) =>
    harness().target().ensureReplicas({ revision, count }, context());
  return {
    harness,
    target: () => harness().target(),
    context,
    async build(service) {
      const { sourceFolder } = harness();
      return value(await harness().target().build(serviceOf(harness(), service), sourceFolder, context()));
    },
    ensure,
    async ready(revision, count) {
      value(await ensure(revision, count));
      return harness().observeUntil((seen) => readyOf(seen, revision).length === count);
    },
    async restart() {
      await harness().restart();
      value(await harness().target().open(harness().environment, context()));
    },
  };
}

function serviceOf({ environment }: TargetHarness, name: string): Service {
  const service = environment.services.find((each) => each.name === name);
  if (service === undefined) throw new Error(`the harness declares no service ${name}`);
  return service;
}

export const readyOf = ({ replicas }: Observation, revision: Revision) =>
  replicas.filter((replica) => replica.revision === revision.id && replica.state === 'ready');

export const routeTo = (version: number, { id, service }: Revision): RouteTable => ({
  version,
  routes: [{ service, arms: [{ revision: id, role: 'stable', weight: percent(100) }] }],
});

export const failure = (code: string) => ({ ok: false, error: { code } });

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
