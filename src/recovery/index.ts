export type {
  OperationAsk,
  OperationView,
  Recovery,
  RecoverySite,
  RecoveryState,
  Serving,
  SideRecord,
  StoreSafety,
} from './contract.ts';
export { type Catalogue, openCatalogue } from './catalogue.ts';
export { copyJournal, type OwnPlaces, restoreOwn } from './control/index.ts';
export { createRecovery } from './desk.ts';
export { openKey } from './key.ts';
export { latestSource } from './planning.ts';
export { openPlace, parsePlace } from './place.ts';
export { openRepository } from './repository/repository.ts';
export type { Depot, Listed, RecoveryKey, Repository, Written } from './repository/contract.ts';
