import { accessLine } from '#edge';
import { stopwatch } from '../counters.ts';
import type { Visit } from './request.ts';
import type { Sent } from './response.ts';
import type { Shared } from './shared.ts';

/** What one request has been through, for the log and the counters. */
export interface Story {
  /** On the stopwatch. */
  readonly began: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly visit: Visit;
  service: string | null;
  revision: string | null;
  requestId: string | null;
  /** Why the edge answered itself; null: a service did. */
  reason: string | null;
}

export function beginStory(shared: Shared, visit: Visit): Story {
  const at = shared.world.clock.now();
  return { began: stopwatch(), at, visit, service: null, revision: null, requestId: null, reason: null };
}

/** Counts a request that is over and writes its line. */
export function tell(shared: Shared, story: Story, { status, bytes }: Sent): void {
  const { at, visit, reason, service, revision, requestId } = story;
  const millis = stopwatch() - story.began;
  const { address, protocol, method, host, target, header } = visit;
  if (reason !== null) shared.metrics.refused(reason);
  else if (service !== null && status !== 101)
    shared.metrics.request({ service, revision: revision ?? '', status, protocol, millis, bytes });
  const log = shared.accessLog();
  const settings = shared.rules()?.settings.accessLog ?? null;
  if (log === null || settings === null) return;
  const access = {
    ...{ at, address, protocol, method, host, target: target ?? '', status, bytes, millis },
    ...{ service, revision, requestId, reason },
    trace: header('traceparent'),
    referrer: header('referer'),
    agent: header('user-agent'),
  };
  log.add(accessLine(access, settings));
}
