import { createSystemClock } from '../common/clock.ts';
import { runService } from '../common/service.ts';
import { coreSettings } from './settings.ts';
import { startCore } from './start.ts';

await runService(
  { name: 'core', settings: coreSettings, start: startCore },
  { clock: createSystemClock(), random: Math.random, process },
);
