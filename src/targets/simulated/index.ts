export type { Behaviour, BehaviourInput, CheckBehaviour, JobBehaviour } from './behaviour.ts';
export { createVirtualClock, type VirtualClock } from './clock.ts';
export { type Faults, noFaults } from './faults.ts';
export type { StopAsked } from './state.ts';
export { type FaultyStore, faultyStore, noStoreFaults, type StoreFaults } from './store.ts';
export {
  createWorld,
  simulatedTarget,
  type World,
  type WorldEnvironment,
  type WorldOptions,
} from './world.ts';
