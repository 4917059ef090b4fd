import { runService } from 'fairway-kit';
import { plannerSettings } from './settings.ts';
import { startPlanner } from './start.ts';

await runService({ name: 'app', settings: plannerSettings, start: startPlanner, logFormat: 'operation' });
