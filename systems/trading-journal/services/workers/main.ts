import { runService } from 'fairway-kit';
import { paths } from '../common/paths.ts';
import { workerSettings } from './settings.ts';
import { startWorkers } from './start.ts';

await runService({ name: 'workers', settings: workerSettings, start: startWorkers, paths });
