/** Work on standbys that takes longer than a look, at most one piece for each. */
export interface Jobs {
  isBusy(number: number): boolean;
  /** Begins work unless there is some already; it must not reject. */
  begin(number: number, work: (signal: AbortSignal) => Promise<void>): void;
  /** Ends all of it and resolves when nothing runs any more. */
  end(): Promise<void>;
}

export function createJobs(): Jobs {
  const running = new Map<number, Promise<void>>();
  let ending = new AbortController();
  return {
    isBusy: (number) => running.has(number),
    begin(number, work) {
      if (running.has(number)) return;
      running.set(
        number,
        work(ending.signal).finally(() => running.delete(number)),
      );
    },
    async end() {
      ending.abort();
      await Promise.all(running.values());
      ending = new AbortController();
    },
  };
}
