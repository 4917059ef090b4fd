import type { LogGapView, LogLineView } from '#api/browser';
import { every, later, Refusal, send, suspect, watchSilence } from '../../data/index.ts';
import { count } from '../../kit/index.ts';
import type { Keeper } from './keeper.ts';
import { createOrder, type Order, settleEvery } from './order.ts';

export type FeedState =
  | { readonly is: 'opening' | 'open' | 'broken' }
  | { readonly is: 'refused'; readonly reason: unknown };

interface FeedOptions {
  readonly environment: string;
  /** With commas between; undefined: all of them. */
  readonly service: string | undefined;
  readonly match: string | undefined;
  readonly keeper: Keeper;
  /** Something came, or the state is another one. */
  readonly changed: (state: FeedState) => void;
}

/** Lines of the past that are asked for at the beginning. */
const past = 1_000;
/** The page has its turn after so many milliseconds of reading, however much there is. */
const turn = 8;

/** Follows what services print, anew each time the stream breaks. Answers what ends it. */
export function openFeed({ environment, service, match, keeper, changed }: FeedOptions): () => void {
  const ending = new AbortController();
  let isFirst = true;

  async function once(): Promise<void> {
    const query = { follow: 'true', lines: isFirst ? past : 0, service, match } as const;
    const silent = new AbortController();
    const silence = watchSilence(() => {
      silent.abort();
      suspect();
    });
    const left = AbortSignal.any([ending.signal, silent.signal]);
    silence.alive();
    const order = createOrder((line) => keeper.add(line));
    let isPast = isFirst;
    const settling = every(settleEvery, () => {
      if (order.settle()) changed({ is: 'open' });
    });
    try {
      const ask = { params: { environment }, query };
      const response = await send('GET /v1/environments/{environment}/logs', ask, left);
      if (!isFirst) keeper.addGap(0, 'The stream broke off here; lines may be missing.');
      isFirst = false;
      changed({ is: 'open' });
      const line = (text: string) => take(keeper, order, text);
      await readLines(response, left, line, () => {
        silence.alive();
        // What was printed before comes in its order already, and the page need not stay empty for it.
        if (isPast) order.empty();
        isPast = false;
        changed({ is: 'open' });
      });
    } finally {
      silence.end();
      settling();
      if (!ending.signal.aborted) order.empty();
    }
  }

  async function follow(): Promise<void> {
    let pause = 500;
    while (!ending.signal.aborted) {
      try {
        await once();
        pause = 500;
      } catch (reason) {
        if (ending.signal.aborted) return;
        if (reason instanceof Refusal) return changed({ is: 'refused', reason });
      }
      if (ending.signal.aborted) return;
      changed({ is: 'broken' });
      await wait(pause);
      pause = Math.min(5_000, pause * 2);
    }
  }

  changed({ is: 'opening' });
  void follow();
  return () => ending.abort();
}

const wait = (millis: number) => new Promise<void>((resolve) => later(millis, resolve));

async function readLines(
  { body }: Response,
  left: AbortSignal,
  take: (line: string) => void,
  taken: () => void,
): Promise<void> {
  if (body === null) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let since = performance.now();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || left.aborted) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') take(line);
      if (performance.now() - since > turn) {
        await wait(0);
        if (left.aborted) return;
        since = performance.now();
      }
    }
    taken();
  }
}

function take(keeper: Keeper, order: Order, line: string): void {
  const said = JSON.parse(line) as LogLineView | LogGapView;
  if (!('dropped' in said)) return order.add(said);
  const { dropped } = said;
  order.empty();
  const lines = `${count(dropped)} ${dropped === 1 ? 'line' : 'lines'}`;
  keeper.addGap(dropped, `${lines} left out here: they came faster than they could be sent.`);
}
