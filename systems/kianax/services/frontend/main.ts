import { runService } from 'fairway-kit';
import { frontend } from './start.ts';

await runService(frontend);
