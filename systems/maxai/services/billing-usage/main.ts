import { runService } from 'fairway-kit';
import { billingUsage } from './service.ts';

await runService(billingUsage);
