import type { Ground } from '../ground.ts';
import type { Services } from '../services.ts';

/** Something that passes requests on. */
export interface Candidate {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  /** Does more than pass on: for the table's reader. */
  readonly does: string;
  /** The sentence says why it cannot be measured here. */
  start(ground: Ground, services: Services): Promise<Running | string>;
}

export interface Running {
  readonly port: number;
  /** Passes WebSockets on to the echo service; null: it cannot. */
  readonly socketsPort: number | null;
  /** Its processor time and memory are those of this process and its descendants; null: it has none of its own. */
  readonly pid: number | null;
  /** What of the 90 to 10 and of staying must be seen before it is measured. */
  readonly splits: boolean;
  readonly sticks: boolean;
  /** Routes by so many routes from now on, all to the same two services; resolves with their ports. */
  readonly setRoutes: ((count: number) => Promise<readonly number[]>) | null;
  /** Gives the canary this weight on all routes; resolves when that is in force, or as soon as the program tells. */
  readonly setWeight: ((canary: number) => Promise<void>) | null;
  /** Faults in what it counted, known only to ours; null: nothing to check. */
  readonly checkCounts: ((requests: number) => Promise<string | null>) | null;
}

export const passive = { setRoutes: null, setWeight: null, checkCounts: null } as const;
