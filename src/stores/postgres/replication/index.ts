export { type Tell, teller } from './events.ts';
export { postgresStore } from './store.ts';
