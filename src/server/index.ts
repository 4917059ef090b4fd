export type { Keys } from './access.ts';
export { createApp, type ServerOptions, type Unusable } from './app.ts';
