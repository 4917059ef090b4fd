import { runService } from 'fairway-kit';
import { payments } from './service.ts';

await runService(payments);
