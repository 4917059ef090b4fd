import { runService } from 'fairway-kit';
import { paths } from '../common/paths.ts';
import { coreSettings } from './settings.ts';
import { startCore } from './start.ts';

await runService({ name: 'core', settings: coreSettings, start: startCore, paths });
