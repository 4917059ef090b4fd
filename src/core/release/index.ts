export { type Revision, revisionOf } from './revision.ts';
export type { Arm, Route, RouteTable } from './route.ts';
