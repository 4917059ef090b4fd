import { runService } from 'fairway-kit';
import { paths } from '../common/paths.ts';
import { aiSettings, startAi } from './start.ts';

await runService({ name: 'ai', settings: aiSettings, start: startAi, paths });
