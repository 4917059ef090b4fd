import { Agent, request } from 'node:http';
import type { Check } from '#core/system';
import { between, type Clock } from '#kernel';
import type { TaskOutcome } from '#ports';
import { messageOf } from './files.ts';

type HttpRun = Extract<Check['run'], { readonly kind: 'http' }>;

/**
 * Asks a service through the router, one request after the other, and compares the 95th percentile (nearest rank)
 * with the limit. The output is one line of JSON: {ok, value, limit, unit, detail}. A request that fails fails all.
 */
export async function sampleHttp(options: {
  run: HttpRun;
  port: number;
  arm: 'stable' | 'canary';
  clock: Clock;
  signal: AbortSignal;
}): Promise<TaskOutcome> {
  const { run, clock, signal } = options;
  const startedAt = clock.now();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  let failures = 0;
  let lastFailure: string | null = null;
  try {
    while (times.length + failures < run.samples && !signal.aborted) {
      const before = clock.now();
      const failure = await askOnce(options, agent);
      if (failure === null) times.push(between(before, clock.now()));
      else [failures, lastFailure] = [failures + 1, failure];
    }
  } finally {
    agent.destroy();
  }
  const value = percentile(times, 0.95);
  const isComplete = times.length + failures === run.samples;
  const isGood = isComplete && failures === 0 && value !== null && value <= run.p95;
  const detail = detailOf({ run, isComplete, failures, lastFailure, answered: times.length });
  const output = JSON.stringify({ ok: isGood, value, limit: run.p95, unit: 'ms', detail });
  return { exitCode: isGood ? 0 : 1, output, tookMillis: between(startedAt, clock.now()) };
}

/** null when it was answered with 200 to 399. */
function askOnce(
  options: { run: HttpRun; port: number; arm: string; signal: AbortSignal },
  agent: Agent,
): Promise<string | null> {
  const { run, port, arm, signal } = options;
  return new Promise((resolve) => {
    const headers = { 'x-fairway-arm': arm, 'user-agent': 'fairway-check' };
    const asked = request({ host: '127.0.0.1', port, path: run.path, agent, signal, headers }, (response) => {
      const status = response.statusCode ?? 0;
      response.on('error', (reason) => resolve(messageOf(reason)));
      response.on('end', () =>
        resolve(status >= 200 && status < 400 ? null : `GET ${run.path} answered ${status}`),
      );
      response.resume();
    });
    asked.on('error', (reason) => resolve(signal.aborted ? 'no answer in time' : messageOf(reason)));
    asked.end();
  });
}

function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? null;
}

function detailOf(seen: {
  run: HttpRun;
  isComplete: boolean;
  failures: number;
  lastFailure: string | null;
  answered: number;
}): string {
  const counted = `${seen.answered} of ${seen.run.samples} requests answered`;
  const failed =
    seen.failures > 0 ? `, ${seen.failures} failed, the last with: ${seen.lastFailure ?? ''}` : '';
  return `${counted}${failed}${seen.isComplete ? '' : ', then the time was over'}`;
}
