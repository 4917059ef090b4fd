import { runService } from 'fairway-kit';
import { adminWeb } from './service.ts';

await runService(adminWeb);
