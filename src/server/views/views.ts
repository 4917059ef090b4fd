import type {
  AuditView,
  ChainView,
  CheckView,
  ComparisonView,
  EnvironmentView,
  FlagView,
  ProbeView,
  SystemView,
} from '#api/browser';
import type { Environment } from '#core/system';
import { describeFailure, type Failure, fail, type Instant, ok, type Result } from '#kernel';
import { accessStream } from '../access/index.ts';
import { readEnvironment } from '../reading.ts';
import { createAudit } from './audit.ts';
import type { AuditStream } from './audit-lines.ts';
import { compareView } from './compare.ts';
import { createDeclarations } from './declarations.ts';
import { type CheckResults, checkViews, flagViews, resultsOfProbe, resultsOfRollout } from './declared.ts';
import { createDriftWatch } from './drift-watch.ts';
import { environmentViews } from './environments.ts';
import type { ViewsOptions } from './options.ts';
import { systemView } from './system.ts';

/** Answers about all environments of a system, beside those about what one of them does now. */
export interface Views {
  environments(): Promise<readonly EnvironmentView[]>;
  /** Failure: `environment_unknown`, as of `checks` and `flags`. */
  system(environment: string): Promise<Result<SystemView>>;
  /** Failures: `environment_unknown`, `release_unknown`. */
  compare(environment: string, from: number, to: number): Promise<Result<ComparisonView>>;
  checks(environment: string): Promise<Result<readonly CheckView[]>>;
  flags(environment: string): Promise<Result<readonly FlagView[]>>;
  /** The newest first; null: of all environments, and who was let in. */
  audit(environment: string | null, limit: number): Promise<readonly AuditView[]>;
  /** Whether each journal of the system is still what was written. */
  chains(): Promise<readonly ChainView[]>;
  /** Keeps what the checks have just said, until the control plane ends. */
  rememberProbe(environment: string, results: readonly ProbeView[], at: Instant): void;
  /** Waits for what still looks at folders in the background. */
  end(): Promise<void>;
}

export function createViews(options: ViewsOptions): Views {
  const { engine, clock, folder } = options;
  const declarations = createDeclarations(options);
  const drifts = createDriftWatch(folder, clock);
  const audit = createAudit(engine, explain);
  const probes = new Map<string, CheckResults>();

  /** Where a target is not run here, nothing of it may be started, not even to look. */
  async function isHere(name: string): Promise<boolean> {
    const declaration = await declarations.of(name);
    // One that is declared no more may still be up.
    return declaration === null ? engine.known().includes(name) : declaration.absent === null;
  }

  async function allStreams(): Promise<readonly AuditStream[]> {
    const declared = (await declarations.all()).map(({ name }) => name);
    await engine.recover(); // just after the start not all that were ever up are known yet
    const names = new Set([...declared, ...engine.known()]); // taken out of the definition, what was done there stays
    return [...[...names].flatMap(streamsOf), { stream: accessStream, environment: null, kind: 'access' }];
  }

  /** What runs, as it was declared for it; where nothing does, what is declared now. */
  async function environmentOf(name: string): Promise<Result<Environment>> {
    const declaration = await declarations.of(name);
    const row = (await isHere(name)) ? (await readEnvironment(options, name)).row : null;
    const running = row?.status === 'up' ? row.environment : null;
    const environment = running ?? declaration?.environment ?? row?.environment ?? null;
    return environment === null ? unknown(name) : ok(environment);
  }

  async function unknown(name: string): Promise<Result<never>> {
    const known = (await declarations.all()).map((each) => each.name).join(', ');
    return fail('environment_unknown', { environment: name, environments: known });
  }

  async function lastRollout(name: string) {
    if (!(await isHere(name))) return null;
    const { active, row, runner } = await readEnvironment(options, name);
    return active ?? (row.lastRollout === 0 ? null : runner.ledger.rollout(row.lastRollout));
  }

  return {
    environments: () => environmentViews(options, declarations, drifts),
    async system(name) {
      const environment = await environmentOf(name);
      return environment.ok ? ok(systemView(environment.value)) : environment;
    },
    async compare(name, from, to) {
      if (!(await isHere(name))) return unknown(name);
      const { ledger } = (await readEnvironment(options, name)).runner;
      const [before, after] = await Promise.all([ledger.release(from), ledger.release(to)]);
      if (before === null) return fail('release_unknown', { environment: name, release: from });
      if (after === null) return fail('release_unknown', { environment: name, release: to });
      return ok(compareView(before, after));
    },
    async checks(name) {
      const environment = await environmentOf(name);
      if (!environment.ok) return environment;
      const heard = resultsOfRollout(await lastRollout(name));
      return ok(checkViews(environment.value, [heard, probes.get(name) ?? new Map()]));
    },
    async flags(name) {
      const environment = await environmentOf(name);
      return environment.ok ? ok(flagViews(environment.value)) : environment;
    },
    async audit(environment, limit) {
      return audit.of(environment === null ? await allStreams() : streamsOf(environment), limit);
    },
    chains: async () => audit.chains(await allStreams()),
    rememberProbe: (environment, results, at) => void probes.set(environment, resultsOfProbe(results, at)),
    end: () => drifts.end(),
  };
}

const explain = (failure: Failure): string => describeFailure(failure).sentence;

const streamsOf = (environment: string): readonly AuditStream[] => [
  { stream: environment, environment, kind: 'environment' },
  { stream: `recovery/${environment}`, environment, kind: 'recovery' },
];
