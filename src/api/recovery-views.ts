/** What the control plane answers about recovery: how safe everything is, and how far long work of it is. */
export type {
  BoundView,
  EvidenceView,
  RecoveryView,
  StoreSafetyView,
  WarningView,
} from './schemas/recovery.ts';
export type {
  ExaminedView,
  LoginView,
  OperationView,
  SideView,
  TableDifferenceView,
  TroubleView,
} from './schemas/recovery-work.ts';
