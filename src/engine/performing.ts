import type { Effect, RolloutEvent } from '#core/release';
import { type Performer, perform } from './perform.ts';

/** Effects under way. They run beside the loop and come back as events. */
export interface Performing {
  /** Begins every effect of the list that is not under way. */
  launch(effects: readonly Effect[], performer: Performer): void;
  /** Cancels every effect that is not in the list; resolves when those have ended, so that none acts after what replaces it. */
  keepOnly(effects: readonly Effect[]): Promise<void>;
}

export function createPerforming(
  tell: (event: RolloutEvent) => void,
  unexpected: (reason: unknown) => void,
): Performing {
  const running = new Map<string, { readonly controller: AbortController; readonly ended: Promise<void> }>();

  function begin(effect: Effect, performer: Performer): void {
    const controller = new AbortController();
    const { signal } = controller;
    // A cancelled effect was given up by a step: its outcome is of no interest to the rollout any more.
    const told = (event: RolloutEvent) => {
      if (!signal.aborted) tell(event);
    };
    const ended = perform(effect, performer, told, signal)
      .then((event) => {
        if (running.get(effect.id)?.controller === controller) running.delete(effect.id);
        told(event);
      })
      .catch(unexpected);
    running.set(effect.id, { controller, ended });
  }

  return {
    launch(effects, performer) {
      for (const effect of effects) if (!running.has(effect.id)) begin(effect, performer);
    },
    async keepOnly(effects) {
      const wanted = new Set(effects.map(({ id }) => id));
      const left = [...running].filter(([id]) => !wanted.has(id));
      for (const [id, { controller }] of left) {
        controller.abort('given up');
        running.delete(id);
      }
      if (left.length > 0) await Promise.all(left.map(([, { ended }]) => ended));
    },
  };
}
