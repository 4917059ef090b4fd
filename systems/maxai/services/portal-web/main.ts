import { runService } from 'fairway-kit';
import { portalWeb } from './service.ts';

await runService(portalWeb);
