import { join } from 'node:path';
import type { Check, Environment } from '#core/system';
import { between, type Clock, fail, type Millis, millis, ok, type Result } from '#kernel';
import type { TaskOutcome } from '#ports';
import { type ProcessExit, type RunOutcome, runToEnd } from '#process';
import { placeMark } from './folders.ts';
import { type LaunchPad, surroundings, withOwnNode } from './launch.ts';
import type { Mask } from './mask.ts';
import { sampleHttp } from './sample.ts';
import { takeSnapshot } from './snapshot.ts';
import { inWords } from './text.ts';
import { commonVariables } from './variables.ts';

export const outputBytes = 65_536;
/** More is read than is given out, so that a secret cut in two at the beginning is not missed. */
export const longestSecret = 8_192;
/** What the `timeout` program of every Unix answers. */
export const exitCodeOfTimeout = 124;

export interface TaskRequest {
  readonly check: Check;
  readonly arm: 'stable' | 'canary';
  readonly environment: Environment;
  readonly pad: LaunchPad;
  readonly mask: Mask;
  readonly clock: Clock;
  /** At most this long, whatever the check says. */
  readonly atMost: Millis;
  readonly signal: AbortSignal;
}

/**
 * Runs a check to its end. A check that does not end in time is killed and has exit code 124.
 * Failures: `cancelled`, `service_has_no_route` (facts: check, service), `secret_missing`, those of `takeSnapshot` and
 * of `runToEnd`.
 */
export function runCheck(request: TaskRequest): Promise<Result<TaskOutcome>> {
  const { run } = request.check;
  return run.kind === 'http' ? runSampler(request, run) : runProgram(request, run);
}

async function runSampler(
  { check, arm, pad, clock, atMost, signal }: TaskRequest,
  run: Extract<Check['run'], { readonly kind: 'http' }>,
): Promise<Result<TaskOutcome>> {
  const port = pad.ports()[run.service];
  if (port === undefined) return fail('service_has_no_route', { check: check.name, service: run.service });
  const over = new AbortController();
  const done = new AbortController();
  const timer = clock
    .sleep(shorter(check.timeout, atMost), AbortSignal.any([done.signal, signal]))
    .then(() => over.abort());
  const outcome = await sampleHttp({ run, port, arm, clock, signal: over.signal });
  done.abort();
  await timer;
  return signal.aborted ? fail('cancelled', { what: `check ${check.name}` }) : ok(outcome);
}

async function runProgram(
  request: TaskRequest,
  run: Extract<Check['run'], { readonly kind: 'command' }>,
): Promise<Result<TaskOutcome>> {
  const { check, pad, clock, signal } = request;
  const { snapshots } = pad.folders;
  const paths = [run.folder, ...run.include];
  const build = await takeSnapshot({ sourceFolder: pad.place.folder, paths, snapshots, signal });
  if (!build.ok) return build;
  const secrets = pad.secrets.present(check.secrets);
  if (!secrets.ok) return secrets;
  const timeout = shorter(check.timeout, request.atMost);
  const startedAt = clock.now();
  const outcome = await runToEnd({
    command: withOwnNode(run.command),
    cwd: join(snapshots, build.value, run.folder),
    env: taskVariables(request, secrets.value),
    timeout,
    keepBytes: outputBytes + longestSecret,
    clock,
    signal,
  });
  if (!outcome.ok) return outcome;
  if (outcome.value.end === 'aborted') return fail('cancelled', { what: `check ${check.name}` });
  return ok({
    exitCode: outcome.value.end === 'timeout' ? exitCodeOfTimeout : exitCodeOf(outcome.value.exit),
    output: lastOf(request.mask(outputOf(outcome.value, timeout))),
    tookMillis: between(startedAt, clock.now()),
  });
}

function taskVariables(
  { check, arm, environment, pad }: TaskRequest,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    // A check that names no arm in its requests still meets the one that it is to judge.
    ...commonVariables(surroundings(pad, environment, check.needs, arm === 'canary')),
    ...secrets,
    FAIRWAY_SYSTEM: environment.system,
    FAIRWAY_ENVIRONMENT: environment.name,
    FAIRWAY_CHECK: check.name,
    FAIRWAY_ARM: arm,
    FAIRWAY_PLACE: placeMark(pad.place),
  };
}

function outputOf({ output, end }: RunOutcome, timeout: Millis): string {
  return end === 'timeout' ? `${output}\nkilled: it did not end within ${inWords(timeout)}\n` : output;
}

export const lastOf = (text: string): string => Buffer.from(text).subarray(-outputBytes).toString('utf8');

/** 128 and the signal's number is what every shell says of a program that a signal ended; 137 stands for SIGKILL. */
export function exitCodeOf({ code, signal }: ProcessExit): number {
  return code ?? (signal === 'SIGTERM' ? 143 : 137);
}

const shorter = (a: Millis, b: Millis): Millis => millis(Math.min(a, b));
