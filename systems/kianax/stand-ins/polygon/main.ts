import { runService } from 'fairway-kit';
import { polygon } from './start.ts';

await runService(polygon);
