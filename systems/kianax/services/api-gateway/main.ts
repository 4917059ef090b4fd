import { runService } from 'fairway-kit';
import { gateway } from './start.ts';

await runService(gateway);
