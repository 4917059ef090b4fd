import type { Clock, Random } from '#kernel';
import type { Identifiers } from './identifiers.ts';
import type { LiveRoute } from './routes.ts';

/** What the requests of one listening port need to know. */
export interface Site {
  /** The route of this port in the present table; null once it has none. */
  route: LiveRoute | null;
  /** Whether this is the port of the route's preview: then the canary arm alone answers. */
  isPreview: boolean;
  readonly world: World;
}

/** What all requests share. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly identifiers: Identifiers;
  /** The router is about to end: callers are told not to use their connection again. */
  isEnding: boolean;
}
