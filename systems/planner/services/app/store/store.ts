import type { TitledPlan } from '../api/limits.ts';

/** One line of the audit log: who did what, when, and whether it worked. With its plan a simulation can be made again. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly userId: string | null;
  readonly correlationId: string | null;
  readonly action: 'simulate' | 'analyse' | 'report' | 'upload' | 'refused';
  readonly subject: string;
  readonly plan: TitledPlan | null;
  readonly success: boolean;
}

/** Where simulations and the audit log are kept beyond the life of a process. */
export interface PlannerStore {
  /** The answer as it was sent, or null. */
  find(id: string): Promise<Buffer | null>;
  /** Nothing happens when it is there already. */
  keep(id: string, answer: Buffer): Promise<void>;
  audit(entry: AuditEntry): Promise<void>;
}

/** For places without Postgres: the last simulations, until the process ends. The audit log stands in the log alone. */
export function createMemoryStore(most = 10_000): PlannerStore {
  const simulations = new Map<string, Buffer>();
  return {
    find: (id) => Promise.resolve(simulations.get(id) ?? null),
    keep(id, answer) {
      const [oldest] = simulations.keys();
      if (simulations.size >= most && oldest !== undefined) simulations.delete(oldest);
      if (!simulations.has(id)) simulations.set(id, answer);
      return Promise.resolve();
    },
    audit: () => Promise.resolve(),
  };
}
