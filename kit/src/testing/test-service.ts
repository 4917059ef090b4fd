import type { Clock, Random } from '../clock.ts';
import { createService } from '../service.ts';
import type { Ending } from '../service-shutdown.ts';
import type { Service } from '../service-types.ts';
import type { Settings } from '../settings.ts';

export interface TestService {
  /** Such as http://127.0.0.1:41234. */
  readonly url: string;
  /** The lines of the log so far, read. */
  readonly logs: readonly Readonly<Record<string, unknown>>[];
  stop(): Promise<Ending>;
  hurry(): void;
}

/** Runs a service on a free port of this process, with these variables and no others. */
export async function startTestService<S extends Settings>(
  service: Service<S>,
  {
    env = {},
    clock,
    random,
  }: { readonly env?: NodeJS.ProcessEnv; readonly clock?: Clock; readonly random?: Random } = {},
): Promise<TestService> {
  const logs: Readonly<Record<string, unknown>>[] = [];
  const running = createService(service, {
    env: { PORT: '0', SHUTDOWN_DRAIN_MILLIS: '0', ...env },
    envFile: null,
    secretsFolder: null,
    write: (line) => logs.push(JSON.parse(line) as Readonly<Record<string, unknown>>),
    ...(clock === undefined ? {} : { clock }),
    ...(random === undefined ? {} : { random }),
  });
  await running.listen();
  return { url: running.address ?? '', logs, stop: () => running.stop(), hurry: () => running.hurry() };
}
