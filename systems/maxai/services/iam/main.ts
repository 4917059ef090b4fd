import { runService } from 'fairway-kit';
import { iam } from './service.ts';

await runService(iam);
