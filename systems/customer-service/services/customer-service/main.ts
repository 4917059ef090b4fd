import { runService } from 'fairway-kit';
import { settings } from './settings.ts';
import { start } from './start.ts';

await runService({ name: 'customer-service', settings, start });
