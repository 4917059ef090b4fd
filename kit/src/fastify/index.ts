export { idempotent, rateLimited, signed } from './guards.ts';
export { fastifyHandler } from './handler.ts';
export { onUnforeseen, problem } from './problem.ts';
