export { catalogue, type Description, describeFailure, placeholdersOf } from './catalogue.ts';
export { catalogueAreas } from './catalogue-entries.ts';
export type { CatalogueEntry } from './catalogue-entry.ts';
export { type Clock } from './clock.ts';
export { BrokenInvariant, invariant, unreachable } from './invariant.ts';
export { canonicalJson, type Json } from './json.ts';
export { type Random, seededRandom } from './random.ts';
export { err, type Facts, type Failure, fail, ok, type Result, Thrown } from './result.ts';
export {
  after,
  type Bytes,
  between,
  bytes,
  type Cents,
  cents,
  days,
  hours,
  type Instant,
  instant,
  type Millis,
  mebibytes,
  millis,
  minutes,
  type Percent,
  percent,
  seconds,
} from './units.ts';
export {
  formatBytes,
  formatDuration,
  formatMoney,
  formatPercent,
  formatProcessors,
  formatRate,
  parseBytes,
  parseDuration,
  parseMoney,
  parsePercent,
  parseProcessors,
  parseRate,
  type Rate,
  type UnitProblem,
} from './units-text.ts';
