import { runService } from 'fairway-kit';
import { trading } from './start.ts';

await runService(trading);
