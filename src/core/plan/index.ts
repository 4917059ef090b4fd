export { levels, type Needing } from './order.ts';
export { planContract } from './path.ts';
export { movesOf, planRollout, routesAtRest } from './plan.ts';
export { shiftsOf } from './stages.ts';
