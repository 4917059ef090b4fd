import { startHaproxy } from '#haproxy';
import type { Clock, Random } from '#kernel';
import { startRouter } from '#router';
import { createEmbeddedStore, createStoreCopies } from '#stores';
import type { LocalTargetOptions } from '#targets/local';
import type { Variables } from './recovery-place.ts';

/** The local target of one environment, with the real router and the real stores. */
export function targetOptions(place: {
  readonly system: string;
  readonly folder: string;
  readonly environment: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly variables: Variables;
  /** Told what happens to its stores by themselves: a standby takes over, … */
  readonly told?: LocalTargetOptions['told'];
}): LocalTargetOptions {
  const { system, folder, environment, clock, random, variables, told } = place;
  return {
    place: { system, environment, folder },
    clock,
    random,
    router: startRouter,
    haproxy: (start) => startHaproxy({ ...start, path: variables['PATH'] ?? '' }),
    stores: createEmbeddedStore,
    copies: createStoreCopies,
    variables,
    ...(told === undefined ? {} : { told }),
  };
}
