export { type Ending, endProcess, signalGroup } from './end.ts';
export { identify, isRunning, type ProcessIdentity } from './identity.ts';
export { freePort, probePort } from './port.ts';
export { type StartRequest, startDetached } from './start.ts';
