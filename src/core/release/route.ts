import type { Percent } from '#kernel';

/** Weights of one service over its revisions. They sum to 100 (R2). */
export interface Route {
  readonly service: string;
  readonly arms: readonly Arm[];
}

export interface Arm {
  readonly revision: string;
  readonly role: 'stable' | 'canary';
  readonly weight: Percent;
}

/** The whole routing of an environment. `version` only grows; a table older than the present one is refused. */
export interface RouteTable {
  readonly version: number;
  readonly routes: readonly Route[];
}
