import { runService } from 'fairway-kit';
import { paths } from '../common/paths.ts';
import { edgeSettings } from './settings.ts';
import { startEdge } from './start.ts';

await runService({ name: 'edge', settings: edgeSettings, start: startEdge, paths });
