import { runService } from 'fairway-kit';
import { standInVendors } from './service.ts';

await runService(standInVendors);
