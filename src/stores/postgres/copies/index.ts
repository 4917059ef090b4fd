export { postgresCopies } from './copies.ts';
