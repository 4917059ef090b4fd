export { describeFinding } from './findings.ts';
export { type Loaded, loadDefinition } from './load.ts';
export type { LoadOptions } from './script.ts';
