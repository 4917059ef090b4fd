export type { Commit, JournalEntry, Lease, NewEntry, Row, RowWrite, Store } from './store.ts';
export {
  type Capabilities,
  type EffectContext,
  type LogLine,
  type LogRequest,
  type Observation,
  type Place,
  type ReplicaView,
  type StoreView,
  type Target,
  type TargetResult,
  type TaskAsk,
  type TaskOutcome,
  type TaskProgress,
} from './target.ts';
