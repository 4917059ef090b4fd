import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defaultLoadPlan, type LoadPlan } from '#load';

const root = join(import.meta.dirname, '..', '..');

/** What `systems/<name>/proof.ts` says about the load that proves its system. */
export interface Proof {
  /** The public service that users ask. */
  readonly entry: string;
  /** The service that is given new versions, good and bad. */
  readonly release: string;
  /** Requests per second. */
  readonly rate: number;
  readonly users: number;
  readonly mix: LoadPlan['mix'];
  readonly session: LoadPlan['session'];
  readonly sockets: LoadPlan['sockets'];
}

export const systemNames = ['trading-journal', 'customer-service', 'kianax', 'planner', 'maxai'] as const;
export type SystemName = (typeof systemNames)[number];

export async function proofOf(name: SystemName): Promise<Proof> {
  const file = join(root, 'systems', name, 'proof.ts');
  return ((await import(pathToFileURL(file).href)) as { proof: Proof }).proof;
}

export function planOf(proof: Proof, target: string): LoadPlan {
  const { rate, users, mix, session, sockets } = proof;
  return { ...defaultLoadPlan, target, rate, users, mix, session, sockets, connections: 100 };
}
