/** Runs tasks one after the other, in the order they were asked for. */
export function createTurns(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const mine = last.then(task);
    last = mine.catch(() => {}); // whoever asked hears of it; the next turn does not
    return mine;
  };
}
