import { runService } from 'fairway-kit';
import { vendors } from './start.ts';

await runService(vendors);
