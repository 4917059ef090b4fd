/** Work under the same name is done one after another. */
export type Turns = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const before = last.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    const quiet = mine.catch(() => undefined); // told to whoever asked
    last.set(name, quiet);
    try {
      return await mine;
    } finally {
      if (last.get(name) === quiet) last.delete(name);
    }
  };
}
