import { emptyHead, type Head } from './chain.ts';

/** The ends of streams as they were last seen, so that a writer who goes on need not ask for the hash. */
export interface RememberedHeads {
  /** Null when the stream's entry with this sequence is not remembered. */
  at(stream: string, sequence: number): Head | null;
  put(stream: string, head: Head): void;
}

const mostStreams = 1_000;

export function rememberHeads(): RememberedHeads {
  const heads = new Map<string, Head>();
  return {
    at(stream, sequence) {
      if (sequence === 0) return emptyHead;
      const head = heads.get(stream);
      return head?.sequence === sequence ? head : null;
    },
    put(stream, { sequence, hash }) {
      heads.delete(stream); // a Map keeps the order of insertion: the first is the one not used for longest
      heads.set(stream, { sequence, hash });
      const [oldest] = heads.keys();
      if (heads.size > mostStreams && oldest !== undefined) heads.delete(oldest);
    },
  };
}
