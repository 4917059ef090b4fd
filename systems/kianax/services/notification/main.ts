import { runService } from 'fairway-kit';
import { notification } from './start.ts';

await runService(notification);
