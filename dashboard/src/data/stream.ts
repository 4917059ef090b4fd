import { later } from './clock.ts';
import { onReturn, suspect, watchSilence } from './connection.ts';

interface Stream {
  /** Where to go on: the id of the last event that came, null at first. */
  readonly address: (last: string | null) => string;
  readonly heard: (data: string, id: string) => void;
  /** Called each time it is open, the first time too. */
  readonly opened?: () => void;
}

/**
 * Server-sent events that go on where they broke off. EventSource by itself gives up for good at an answer that is no
 * stream (a proxy's 502, a login that ended), and waits for ever on a connection that died without a word, so it is opened
 * anew each time. Answers what ends it.
 */
export function follow({ address, heard, opened }: Stream): () => void {
  let last: string | null = null;
  let source: EventSource | null = null;
  let pause = 500;
  let wait = () => {};
  const broken = () => {
    silence.end();
    source?.close();
    suspect();
    wait();
    wait = later(pause, open);
    pause = Math.min(10_000, pause * 2);
  };
  const silence = watchSilence(broken);
  const open = () => {
    wait();
    source?.close();
    const own = new EventSource(address(last));
    source = own;
    silence.alive();
    own.addEventListener('open', () => {
      pause = 500;
      opened?.();
    });
    own.addEventListener('beat', silence.alive);
    own.addEventListener('message', ({ data, lastEventId }: MessageEvent<string>) => {
      silence.alive();
      if (lastEventId !== '') last = lastEventId;
      heard(data, lastEventId);
    });
    own.addEventListener('error', broken);
  };
  open();
  const forget = onReturn(open);
  return () => {
    forget();
    wait();
    silence.end();
    source?.close();
  };
}
