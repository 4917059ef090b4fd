import { runService } from 'fairway-kit';
import { apiGateway } from './service.ts';

await runService(apiGateway);
