import type { Effect, RolloutEvent } from '#core/release';
import { type Performer, perform } from './perform.ts';

/** Effects under way. They run beside the loop and come back as events. */
export interface Performing {
  /** Begins every effect of the list that is not under way. */
  launch(effects: readonly Effect[], performer: Performer): void;
  /** Cancels every effect that is not in the list; resolves when those have ended, so that none acts after what replaces it. */
  keepOnly(effects: readonly Effect[]): Promise<void>;
  /** Lets go of everything: jobs run on in the world for whoever asks for them again, the rest is cancelled. */
  leave(): Promise<void>;
}

interface Running {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  readonly isJob: boolean;
}

export function createPerforming(
  tell: (event: RolloutEvent) => Promise<unknown>,
  unexpected: (reason: unknown) => void,
): Performing {
  const running = new Map<string, Running>();

  function begin(effect: Effect, performer: Performer): void {
    const controller = new AbortController();
    const { signal } = controller;
    // A cancelled effect was given up by a step: its outcome is of no interest to the rollout any more.
    const isOurs = () => running.get(effect.id)?.controller === controller;
    const told = async (event: RolloutEvent) => {
      if (!signal.aborted && isOurs()) await tell(event);
    };
    const outcome = perform(effect, performer, (event) => void told(event), signal);
    const ended = outcome.then(() => undefined, unexpected);
    running.set(effect.id, { controller, ended, isJob: effect.do === 'runJob' });
    // It counts as running until its outcome was applied: what is before that in the queue would begin it again.
    void outcome
      .then(told)
      .catch(() => undefined) // told by `ended`
      .finally(() => {
        if (isOurs()) running.delete(effect.id);
      });
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
    async leave() {
      const left = [...running.values()].filter(({ isJob }) => !isJob);
      running.clear();
      for (const { controller } of left) controller.abort('left');
      await Promise.all(left.map(({ ended }) => ended));
    },
  };
}
