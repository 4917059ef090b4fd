export const roles = ['reader', 'agent', 'auditor', 'admin'] as const;
export type Role = (typeof roles)[number];

export type Permission =
  | 'customers:read'
  | 'customers:write'
  | 'customers:delete'
  | 'audit:read'
  | 'users:write';

const granted = {
  reader: ['customers:read'],
  agent: ['customers:read', 'customers:write'],
  auditor: ['customers:read', 'audit:read'],
  admin: ['customers:read', 'customers:write', 'customers:delete', 'audit:read', 'users:write'],
} as const satisfies Record<Role, readonly Permission[]>;

/** Whether somebody with this role may do this. */
export const may = (role: Role, permission: Permission): boolean =>
  granted[role].some((each) => each === permission);
