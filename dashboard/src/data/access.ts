import type { AccessView, Permission } from '#api/browser';
import { useAnswer } from './answers.ts';

const roleFor: Readonly<Record<Permission, string>> = {
  view: 'viewer',
  deploy: 'deployer',
  approve: 'approver',
  administer: 'admin',
};

export interface Access {
  /** null: not known yet. */
  readonly who: AccessView | null;
  readonly may: (permission: Permission) => boolean;
  /** Why something may not be done; null: it may. For buttons: shown, disabled, with the reason. */
  readonly whyNot: (permission: Permission) => string | null;
  /** Why I may not agree to a release in this role; null: I may. */
  readonly whyNotAs: (role: string) => string | null;
}

/** Who I am here, and what I may. */
export function useAccess(): Access {
  const { data } = useAnswer('GET /v1/access', {}, { every: 60_000 });
  const who = data ?? null;
  const may = (permission: Permission) => who?.permissions.includes(permission) === true;
  const whyNot = (permission: Permission) =>
    who === null
      ? 'One moment: who you are is still being asked.'
      : may(permission)
        ? null
        : `You are logged in as ${who.role}; this needs the role ${roleFor[permission]}${permission === 'administer' ? '' : ' or admin'}.`;
  return {
    who,
    may,
    whyNot,
    whyNotAs: (role) => {
      const approves = who?.approves ?? null;
      if (approves === null || approves.includes(role)) return whyNot('approve');
      return `You agree as ${approves.join(', ')}; this needs somebody who agrees as ${role}.`;
    },
  };
}
