import { runService } from 'fairway-kit';
import { jobs } from './service.ts';

await runService(jobs);
