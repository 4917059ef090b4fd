import { runService } from 'fairway-kit';
import { orchestrator } from './service.ts';

await runService(orchestrator);
