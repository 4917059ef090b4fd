import { runService } from 'fairway-kit';
import { webhookIngress } from './service.ts';

await runService(webhookIngress);
