export { createEngine, type Engine, type EngineOptions } from './engine.ts';
export { failureOf } from './failure.ts';
export { bounded, detailOf } from './perform.ts';
export { currentOf, type EnvironmentRow } from './records.ts';
export type { Accepted, Asker, IntentRequest, PromotionRequest, ReleaseRequest } from './requests.ts';
export { type Paces, type Runner, usualPaces } from './runner.ts';
