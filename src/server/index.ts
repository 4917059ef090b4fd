export { type Access, type AccessOptions, createAccess } from './access/index.ts';
export { createServer, type Server } from './app.ts';
export type { ServerOptions, Unusable } from './options.ts';
export type { RecoveryDesk } from './recovery.ts';
export { isOurs } from './reading.ts';
