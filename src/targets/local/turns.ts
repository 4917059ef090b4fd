/** Lets pieces of work go one after the other, in the order in which they were handed in. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** One queue per name: work on different names goes side by side. */
export function createNamedTurns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const queues = new Map<string, Turns>();
  return (name, work) => {
    const turns = queues.get(name) ?? createTurns();
    queues.set(name, turns);
    return turns(work);
  };
}
