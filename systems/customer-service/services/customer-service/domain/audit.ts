export const auditActions = [
  'auth.login',
  'auth.refresh',
  'auth.logout',
  'user.added',
  'customer.added',
  'customer.read',
  'customer.listed',
  'customer.changed',
  'customer.removed',
  'audit.read',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** Who did what with whom. Never what it was changed to: the trail must not become a second copy of customers. */
export interface AuditEntry {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly actorId: string | null;
  /** The address that was given, also when nobody has it. */
  readonly actor: string | null;
  readonly action: AuditAction;
  readonly subject: string | null;
  readonly outcome: 'done' | 'refused';
  readonly detail: string | null;
  readonly requestId: string;
  readonly address: string | null;
}

/** An entry with its place in the trail. */
export interface KeptEntry extends AuditEntry {
  readonly seq: number;
}
