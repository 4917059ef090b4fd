export type { RouterClient, RouterStarter } from './router-client.ts';
export type { LocalTargetOptions } from './session.ts';
export type { CopiesMaker, StoreMaker } from './stores.ts';
export { createLocalTarget } from './target.ts';
