import { createSystemClock } from '../common/clock.ts';
import { runService } from '../common/service.ts';
import { edgeSettings } from './settings.ts';
import { startEdge } from './start.ts';

await runService(
  { name: 'edge', settings: edgeSettings, start: startEdge },
  { clock: createSystemClock(), random: Math.random, process },
);
