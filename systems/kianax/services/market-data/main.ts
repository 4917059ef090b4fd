import { runService } from 'fairway-kit';
import { marketData } from './start.ts';

await runService(marketData);
