import { ok } from '#kernel';
import { callerOf } from '../access/index.ts';
import { isOurs } from '../reading.ts';
import type { Scene } from '../scene.ts';
import type { Handlers } from './contract.ts';

/** The control plane itself. */
export function controlHandlers({ options }: Scene) {
  const { system, folder, clock, inCharge, access, changeKeys, shutdown } = options;
  return {
    'GET /v1/control': async () => {
      const environments = await options.environments();
      const leads = environments.filter((name) => isOurs(inCharge, name, clock));
      return ok({ system, folder, environments, leads });
    },
    'POST /v1/control/shutdown': () => {
      shutdown();
      return ok({ ending: true });
    },
    'POST /v1/control/keys': async ({ context }) => {
      const revoked = await access.revokeAll(callerOf(context).name);
      if (!revoked.ok) return revoked;
      changeKeys?.();
      return ok({ changed: changeKeys !== undefined });
    },
  } satisfies Partial<Handlers>;
}
