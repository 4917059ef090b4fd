import type { Failure } from '#kernel';
import type { Front, FrontLook } from './front.ts';
import type { FrontOrder, LiveOrder } from './order.ts';

/** What a plane is asked about its public listeners; plain data, since planes are threads. */
export type FrontAsk =
  | {
      readonly do: 'prepare';
      readonly order: FrontOrder | null;
      /** Sockets that were handed over. */
      readonly sockets: readonly (readonly [port: number, fd: number])[];
    }
  | { readonly do: 'take' }
  | { readonly do: 'discard' }
  | { readonly do: 'update'; readonly live: LiveOrder }
  | { readonly do: 'look' };

export interface FrontReply {
  readonly refused: Failure | null;
  /** Where it was asked for. */
  readonly look: FrontLook | null;
}

const done: FrontReply = { refused: null, look: null };

export async function answerFront(front: Front, ask: FrontAsk): Promise<FrontReply> {
  switch (ask.do) {
    case 'prepare': {
      const prepared = await front.prepare(ask.order, new Map(ask.sockets));
      return prepared.ok ? done : { refused: prepared.error, look: null };
    }
    case 'take':
      front.take();
      return done;
    case 'discard':
      front.discard();
      return done;
    case 'update':
      front.update(ask.live);
      return done;
    case 'look':
      return { refused: null, look: front.look() };
  }
}
