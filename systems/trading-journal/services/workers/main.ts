import { createSystemClock } from '../common/clock.ts';
import { runService } from '../common/service.ts';
import { workerSettings } from './settings.ts';
import { startWorkers } from './start.ts';

await runService(
  { name: 'workers', settings: workerSettings, start: startWorkers },
  { clock: createSystemClock(), random: Math.random, process },
);
