export { createEngine, type Engine, type EngineOptions } from './engine.ts';
export { bounded, detailOf } from './perform.ts';
export { currentOf, type EnvironmentRow } from './records.ts';
export type { Accepted, Asker, ReleaseRequest } from './requests.ts';
export type { Runner } from './runner.ts';
