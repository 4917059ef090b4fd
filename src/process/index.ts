export { type Ending, endProcess, signalGroup } from './end.ts';
export { identify, isRunning, type ProcessIdentity } from './identity.ts';
export { takeLock } from './lock.ts';
export { freePort, probePort, reasonStillTaken } from './port.ts';
export { type RunOutcome, type RunRequest, runToEnd } from './run.ts';
export { type ProcessExit, type StartRequest, startDetached } from './start.ts';
export { ArchiveDamaged, readTar, type TarEntry, type TarKind, writeTar } from './tar.ts';
