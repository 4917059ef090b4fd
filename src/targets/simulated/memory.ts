/** Remembers at least the last `atLeast` things, and at most twice as many. */
export interface Memory<T> {
  readonly get: (name: string) => T | undefined;
  readonly set: (name: string, thing: T) => void;
  readonly forget: (name: string) => void;
}

/** Two generations: the older one is dropped as a whole, since a Map is slow at giving up its oldest member. */
export function createMemory<T>(atLeast: number): Memory<T> {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  return {
    get: (name) => young.get(name) ?? old.get(name),
    set(name, thing) {
      if (young.size >= atLeast) [old, young] = [young, new Map()];
      young.set(name, thing);
    },
    forget(name) {
      young.delete(name);
      old.delete(name);
    },
  };
}
