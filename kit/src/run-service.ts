import { systemClock } from './clock.ts';
import { createLog } from './log.ts';
import { ConfigError, createService, type RunningService, type ServiceWorld } from './service.ts';
import type { Service } from './service-types.ts';
import type { Settings } from './settings.ts';

export interface ProcessWorld extends Omit<ServiceWorld, 'env' | 'write'> {
  readonly process?: NodeJS.Process;
}

/**
 * Runs a service from its settings to its end. A wrong variable ends it with 2 and a sentence each; what it cannot start
 * with, with 1. On SIGTERM or SIGINT it finishes what it has begun and exits with 0; a second SIGINT ends the grace.
 */
export async function runService<S extends Settings>(
  service: Service<S>,
  { process = globalThis.process, ...world }: ProcessWorld = {},
): Promise<void> {
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  const running = prepared(service, { ...world, env: process.env, write }, process);
  if (running === null) return;
  const { log } = running;
  const leave = (code: number) => process.stdout.write('', () => process.exit(code));
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping && signal === 'SIGINT') running.hurry();
    isStopping = true;
    running.stop().then(
      () => leave(0),
      (reason: unknown) => {
        log.error('the end was not orderly', { reason });
        leave(1);
      },
    );
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (reason: unknown) => {
      log.error(event === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception', { reason });
      leave(1);
    });
  }
  try {
    await running.listen();
  } catch (reason) {
    log.error('it could not start', { reason });
    leave(1);
  }
}

function prepared<S extends Settings>(
  service: Service<S>,
  world: ServiceWorld & { readonly write: (line: string) => void },
  process: NodeJS.Process,
): RunningService | null {
  try {
    return createService(service, world);
  } catch (reason) {
    if (!(reason instanceof ConfigError)) throw reason;
    const { clock = systemClock, write } = world;
    const log = createLog({
      ...{ clock, write, level: 'info', secrets: reason.secrets },
      ...{ format: service.logFormat ?? 'plain', base: { service: service.name } },
    });
    for (const sentence of reason.problems) log.error(sentence);
    process.exitCode = 2;
    return null;
  }
}
