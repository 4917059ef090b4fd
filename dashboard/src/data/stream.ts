import { later, watchSight } from './clock.ts';
import { onReturn, suspect, watchSilence } from './connection.ts';

/**
 * A browser keeps six connections to a server, for all of its tabs together: a page that nobody has seen for so long (ms)
 * gives its own back, or the fourth tab would wait for ever.
 */
const unseenFor = 2_000;

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
  let isAsleep = false;
  const close = () => {
    silence.end();
    wait();
    source?.close();
  };
  const broken = () => {
    close();
    suspect();
    wait = later(pause, open);
    pause = Math.min(10_000, pause * 2);
  };
  const silence = watchSilence(broken);
  const open = () => {
    if (isAsleep) return;
    close();
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
  const look = watchSight(
    unseenFor,
    () => {
      isAsleep = true;
      close();
    },
    () => {
      if (!isAsleep) return;
      isAsleep = false;
      open();
    },
  );
  return () => {
    forget();
    look();
    close();
  };
}
