export { levels } from './order.ts';
export { stagesOf } from './stages.ts';
export { movesOf, planRollout, routesAtRest } from './plan.ts';
