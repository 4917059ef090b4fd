export { exchangeable } from './exchange.ts';
