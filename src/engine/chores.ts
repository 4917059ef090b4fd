/** Things that are done beside the loop and that nobody waits for. */
export interface Chores {
  begin(work: (signal: AbortSignal) => Promise<void>): void;
  isBusy(): boolean;
  /** Aborts all of them; resolves when they have ended. */
  end(): Promise<void>;
}

export function createChores(unexpected: (reason: unknown) => void): Chores {
  const running = new Map<AbortController, Promise<void>>();
  return {
    begin(work) {
      const controller = new AbortController();
      const ended = work(controller.signal)
        .catch(unexpected)
        .finally(() => running.delete(controller));
      running.set(controller, ended);
    },
    isBusy: () => running.size > 0,
    async end() {
      const left = [...running];
      for (const [controller] of left) controller.abort('something else begins');
      await Promise.all(left.map(([, ended]) => ended));
    },
  };
}
