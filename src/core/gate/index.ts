export { bucketBounds, type Counts } from './counts.ts';
