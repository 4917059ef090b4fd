import { type Clock, millis, type Result } from '#kernel';
import type { HandedOver } from '../router.ts';
import type { Look } from '../plane.ts';
import type { Channel } from '../remote.ts';
import type { Lock } from '../state-folder.ts';
import { isUpgradeMessage, type UpgradeMessage } from './messages.ts';

type Facts = UpgradeMessage & { readonly upgrade: 'facts' };

/** The process that handed over, as its successor sees it. */
export interface Predecessor {
  readonly facts: Facts;
  readonly channel: Channel;
  readonly sockets: readonly HandedOver[];
  /** Tells that everything is prepared, and resolves when it is time to serve: now, if the predecessor is gone. */
  ready(): Promise<'go' | 'stop'>;
  serving(): void;
  /** Called once when it has told its last totals. */
  onFarewell(take: (last: Look) => void): void;
}

/** Waits for what the process that started this one hands over; null when it is gone before it said so. */
export function meetPredecessor(): Promise<Predecessor | null> {
  const heard: UpgradeMessage[] = [];
  const listeners = new Set<() => void>();
  let isGone = false;
  const notice = () => {
    for (const listener of listeners) listener();
  };
  process.on('message', (message) => {
    if (!isUpgradeMessage(message)) return;
    heard.push(message);
    notice();
  });
  const gone = () => {
    isGone = true;
    notice();
  };
  process.on('disconnect', gone);
  // It may be gone already; what it had said before comes first.
  if (!process.connected) setImmediate(gone);
  const send = (message: unknown) => {
    if (process.connected) process.send?.(message, () => undefined);
  };
  /** The first answer that is not undefined. */
  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const listener = () => {
        const seen = look();
        if (seen === undefined) return;
        listeners.delete(listener);
        resolve(seen);
      };
      listeners.add(listener);
      listener();
    });
  return until(() => {
    const facts = heard.find((each): each is Facts => each.upgrade === 'facts');
    if (facts === undefined) return isGone ? null : undefined;
    return {
      facts,
      channel: {
        send,
        onMessage: (take) => process.on('message', take),
        onClosed: (closed) => process.once('disconnect', closed),
      },
      sockets: facts.sockets.map((each) => new Map(each.map(({ port, fd }) => [port, fd]))),
      ready() {
        send({ upgrade: 'ready' } satisfies UpgradeMessage);
        return until(() => {
          if (heard.some((each) => each.upgrade === 'stop')) return 'stop';
          return isGone || heard.some((each) => each.upgrade === 'go') ? 'go' : undefined;
        });
      },
      serving: () => send({ upgrade: 'serving', pid: process.pid } satisfies UpgradeMessage),
      onFarewell(take) {
        void until(() => heard.find((each) => each.upgrade === 'bye')).then(({ look }) => take(look));
      },
    };
  });
}

/** A lock of a process that gives it up, or has just ended. Failures: those of `lockFolder`. */
export async function lockPatiently(take: () => Result<Lock>, clock: Clock): Promise<Result<Lock>> {
  for (let attempt = 1; ; attempt += 1) {
    const lock = take();
    if (lock.ok || attempt === 200) return lock;
    await clock.sleep(millis(10));
  }
}
