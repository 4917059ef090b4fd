export type { RouterClient, RouterStarter } from './router-client.ts';
export type { LocalTargetOptions } from './session.ts';
export type { StoreMaker } from './stores.ts';
export { createLocalTarget } from './target.ts';
