import type { EdgeMetrics, LogFile } from '#edge';
import type { Log } from '../log.ts';
import type { LiveRoute } from '../routes.ts';
import type { World } from '../site.ts';
import type { HoldQueue } from './hold.ts';
import type { Rules } from './rules.ts';

/** What a front needs of the plane it belongs to. */
export interface FrontWorld {
  readonly world: World;
  /** The route of a service at this moment. */
  readonly routeOf: (service: string) => LiveRoute | null;
  readonly log: Log;
}

/** What the handlers of all listeners of a front share. */
export interface Shared extends FrontWorld {
  readonly metrics: EdgeMetrics;
  readonly hold: HoldQueue;
  /** null: the front is on its way out. */
  readonly rules: () => Rules | null;
  readonly accessLog: () => LogFile | null;
  /** Aborted when the front ends: nobody waits any more. */
  readonly ending: AbortSignal;
}
