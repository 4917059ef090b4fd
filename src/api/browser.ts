/** What a page needs of the contract: types, request lines and times; no schema, so that none of their code is sent to browsers. */
export { type AnswerOf, answerWithin, type AskOf, type Line, lineOf } from './ask.ts';
export type * from './recovery-views.ts';
export type { RouteKey } from './routes.ts';
export type { AccessView, NewTokenView, Permission, Role, TokenView } from './schemas/access.ts';
export type { AuditView, ChainView, CheckView, FlagView } from './schemas/declared.ts';
export type { ComparisonView, EnvironmentView } from './schemas/environments.ts';
export type { LogGapView, LogLineView } from './schemas/logs.ts';
export type { SystemView } from './schemas/system.ts';
export type { GateSample, TrafficArm, TrafficSample, TrafficView } from './schemas/traffic.ts';
export { dayAndTime, timeOfDay, timeSpan } from './times.ts';
export type * from './views.ts';
