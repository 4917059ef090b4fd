import { type Clock, type Instant, type Millis, millis } from '#kernel';
import { createHistogram, type Histogram } from './histogram.ts';
import type { FailureKind, FailureSample, LoadReport, RevisionReport, SocketReport } from './report.ts';

/** What became of one request. `latency` is null where nothing was measured (refused, reset). */
export interface RequestOutcome {
  readonly request: string;
  readonly failure: FailureKind | null;
  readonly status: number | null;
  readonly revision: string | null;
  readonly latency: Millis | null;
  /** For the sample of a failure: the start of the answer, or what the connection said. */
  readonly text: string;
}

/** Counts what happens during a run. */
export interface Tally {
  finished(outcome: RequestOutcome): void;
  cancelled(): void;
  readonly sockets: { -readonly [Count in keyof Omit<SocketReport, 'closed'>]: number } & {
    readonly closed: Record<string, number>;
  };
  socketFailed(kind: 'socket_not_opened' | 'socket_cut', request: string, text: string): void;
  report(progress: Progress): LoadReport;
}

/** What the pacing knows: where the run is. */
export interface Progress {
  readonly started: Instant;
  readonly elapsed: Millis;
  readonly state: LoadReport['state'];
  readonly planned: number;
  readonly sent: number;
  readonly late: number;
}

const sampleLimit = 10;
const sampleLength = 160;

export function createTally(clock: Clock): Tally {
  const all = createHistogram();
  const revisions = new Map<string | null, RevisionCounts>();
  const failures: Record<FailureKind, number> = {
    status_4xx: 0,
    status_5xx: 0,
    unexpected_status: 0,
    refused: 0,
    reset: 0,
    timeout: 0,
    other: 0,
  };
  const samples: FailureSample[] = [];
  const addSample = (sample: Omit<FailureSample, 'at'>) => {
    if (samples.length >= sampleLimit) return;
    samples.push({ at: clock.now(), ...sample, text: sample.text.slice(0, sampleLength) });
  };
  const sockets = { opened: 0, reopened: 0, open: 0, notOpened: 0, messages: 0, closed: {}, abnormal: 0 };
  let [succeeded, failed, cancelled] = [0, 0, 0];

  return {
    sockets,
    finished({ request, failure, status, revision, latency, text }) {
      const counts = revisions.get(revision) ?? { requests: 0, failed: 0, latencies: createHistogram() };
      revisions.set(revision, counts);
      counts.requests += 1;
      if (latency !== null) {
        all.record(latency);
        counts.latencies.record(latency);
      }
      if (failure === null) {
        succeeded += 1;
        return;
      }
      failed += 1;
      counts.failed += 1;
      failures[failure] += 1;
      addSample({ request, kind: failure, status, revision, text });
    },
    cancelled() {
      cancelled += 1;
    },
    socketFailed(kind, request, text) {
      if (kind === 'socket_cut') sockets.abnormal += 1;
      else sockets.notOpened += 1;
      addSample({ request, kind, status: null, revision: null, text });
    },
    report({ started, elapsed, state, planned, sent, late }) {
      const inFlight = sent - succeeded - failed - cancelled;
      const unsent = planned - sent;
      return {
        started,
        elapsed,
        state,
        requests: { planned, sent, succeeded, failed, cancelled, inFlight, late, unsent },
        failures: { ...failures },
        latency: latencyOf(all),
        revisions: [...revisions].map(reportOf),
        sockets: { ...sockets, closed: { ...sockets.closed } },
        samples: [...samples],
      };
    },
  };
}

interface RevisionCounts {
  requests: number;
  failed: number;
  readonly latencies: Histogram;
}

function reportOf([revision, { requests, failed, latencies }]: [
  string | null,
  RevisionCounts,
]): RevisionReport {
  return { revision, requests, failed, p95: latencies.quantile(0.95) };
}

function latencyOf(latencies: Histogram): LoadReport['latency'] {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => latencies.quantile(share) ?? millis(0));
  if (latencies.quantile(1) === null || p50 === undefined || p95 === undefined || p99 === undefined)
    return null;
  return { p50, p95, p99, max: latencies.max() };
}
