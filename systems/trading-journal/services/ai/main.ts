import { createSystemClock } from '../common/clock.ts';
import { runService } from '../common/service.ts';
import { aiSettings, startAi } from './start.ts';

await runService(
  { name: 'ai', settings: aiSettings, start: startAi },
  { clock: createSystemClock(), random: Math.random, process },
);
