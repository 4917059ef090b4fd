import { runService } from 'fairway-kit';
import { promptSvc } from './service.ts';

await runService(promptSvc);
