export type { Keys } from './access.ts';
export { createApp, type ServerOptions, type Unusable } from './app.ts';
export type { RecoveryDesk } from './recovery.ts';
export { isOurs } from './reading.ts';
