export { manualClock, type ManualClock } from './manual-clock.ts';
export { startTestService, type TestService } from './test-service.ts';
