import { runService } from 'fairway-kit';
import { agent } from './start.ts';

await runService(agent);
