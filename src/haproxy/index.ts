export { type StartOptions as HaproxyOptions, startHaproxy } from './start.ts';
