import type { Hono, MiddlewareHandler } from 'hono';
import type { LinkView, Permission } from '#api';
import { ok, type Result } from '#kernel';
import { permit } from './caller.ts';
import { identify, type Identity } from './identify.ts';
import { linkUrl } from './link-url.ts';
import { makeLink, revokeEverything } from './logins.ts';
import { addRoutes } from './routes.ts';

export { approvalRefusalOf, askerOf, callerOf, refusalOf } from './caller.ts';
export { accessStream } from './ledger.ts';

/** `store`, `clock`, `bytes` (random ones), `key`, `user`, `origin` and the name of the system. */
export interface AccessOptions extends Identity {
  readonly system: string;
}

/** Who may come in, and what they may. All of it is in the store: several control planes agree on it. */
export interface Access {
  /** Where browsers find us, such as `https://deploy.example.com`. */
  readonly origin: string;
  /** Checks host and origin of a request, and finds out who asks; refuses strangers everything below /v1. */
  readonly identify: MiddlewareHandler;
  /** Refuses who may not; null: nobody is refused. */
  permit(needs: Permission | null): MiddlewareHandler;
  /** Registers all routes below /v1/access. */
  routes(app: Hono): void;
  /** A link that opens the dashboard once, for the user of this machine. Failures: those of the store. */
  link(by: string): Promise<Result<LinkView>>;
  /** Ends all sessions and links and revokes all tokens; how many tokens. Failures: those of the store. */
  revokeAll(by: string): Promise<Result<number>>;
}

export function createAccess(options: AccessOptions): Access {
  const { origin } = options;
  return {
    origin,
    identify: identify(options),
    permit,
    routes: (app) => addRoutes(app, options),
    async link(by) {
      const made = await makeLink(options, by, null);
      return made.ok ? ok({ url: linkUrl(origin, made.value.code), until: made.value.until }) : made;
    },
    revokeAll: (by) => revokeEverything(options, by),
  };
}
