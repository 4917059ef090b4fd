export { body, type Body } from './body.ts';
export { idempotent, limited, signed } from './guards.ts';
export { honoHandler } from './handler.ts';
export { pageFiles } from './page-files.ts';
export { type PageHeaders, pageHeaders } from './page-headers.ts';
export { onUnforeseen, problem } from './problem.ts';
export { rawBody } from './raw-body.ts';
