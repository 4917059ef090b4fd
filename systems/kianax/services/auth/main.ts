import { runService } from 'fairway-kit';
import { auth } from './start.ts';

await runService(auth);
