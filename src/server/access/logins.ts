import { after, fail, hours, type Instant, minutes, ok, type Result } from '#kernel';
import type { RowWrite, Store } from '#ports';
import { change } from './ledger.ts';
import { type Kind, type Link, readAll, readOne, rowsOf, type Session, writeOf } from './records.ts';
import { hashOf, newSecret } from './secrets.ts';
import { sweepings } from './sweep.ts';
import { goodToken, type Keeping, revoked, tokenBySecret } from './tokens.ts';

/** How long a browser stays logged in, and how long a link waits to be opened. */
export const sessionLength = hours(12);
export const linkLength = minutes(10);

/** A session with the secret that goes into the cookie. */
export interface Login {
  readonly secret: string;
  readonly session: Session;
}

/** Logs a browser in with a token. Failures: `token_wrong`. */
export function loginByToken(keeping: Keeping, secret: string): Promise<Result<Login>> {
  const { store, clock } = keeping;
  return change(store, clock, async () => {
    const token = await tokenBySecret(keeping, secret);
    if (token === null) return fail('token_wrong');
    const { name, role, approves, until } = token.value;
    return ok(await begun(keeping, { name, role, approves, token: token.key }, until, []));
  });
}

/**
 * Logs a browser in with the code of a link, which is used up by that: of two that come at the same time one wins.
 * Failures: `link_unknown`, `link_used` (facts: at), `link_ended` (facts: at).
 */
export function loginByCode(keeping: Keeping, code: string): Promise<Result<Login>> {
  const { store, clock } = keeping;
  const key = hashOf(code);
  return change(store, clock, async () => {
    const found = await readOne(store, 'link', key);
    if (found === null) return fail('link_unknown');
    const { usedAt, until, name, role, approves, token } = found.value;
    if (usedAt !== null) return fail('link_used', { at: usedAt });
    if (until <= clock.now()) return fail('link_ended', { at: until });
    const maker = token === null ? null : await goodToken(keeping, token);
    if (token !== null && maker === null) return fail('link_ended', { at: until }); // the token of who made it is over
    const used = writeOf('link', key, found.version, { ...found.value, usedAt: clock.now() });
    const who = { name, role, approves, token };
    return ok(await begun(keeping, who, maker?.value.until ?? null, [used]));
  });
}

/** A link for somebody who may do everything; the code is in the answer and nowhere else. */
export function makeLink(
  keeping: Keeping,
  by: string,
  token: string | null,
): Promise<Result<{ readonly code: string; readonly until: Instant }>> {
  const { store, clock, bytes } = keeping;
  return change(store, clock, async () => {
    const now = clock.now();
    const code = newSecret(bytes);
    const until = after(now, linkLength);
    const who = { name: by, role: 'admin', approves: null, token } as const;
    const value: Link = { ...who, madeAt: now, until, usedAt: null };
    return ok({
      entries: [{ type: 'access.link_made', data: { by, until } }],
      rows: [writeOf('link', hashOf(code), 0, value), ...(await sweepings(store, now))],
      value: { code, until },
    });
  });
}

/** Ends a session; false: there was none. */
export async function endSession({ store, clock }: Keeping, secret: string): Promise<Result<boolean>> {
  const key = hashOf(secret);
  return change<boolean>(store, clock, async () => {
    const found = await readOne(store, 'session', key);
    const rows = found === null ? [] : [writeOf('session', key, found.version, null)];
    return ok({ entries: [], rows, value: found !== null });
  });
}

/** Ends all sessions and links and revokes all tokens: after a break-in nothing that was given out is good any more. */
export function revokeEverything({ store, clock }: Keeping, by: string): Promise<Result<number>> {
  return change(store, clock, async () => {
    const understood = await readAll(store, 'token');
    const tokens = understood.filter(({ value }) => value.revokedAt === null);
    const known = new Set(understood.map(({ key }) => key));
    const rows = [
      ...tokens.map((token) => revoked(token, clock.now())),
      // What only a newer control plane understands may be good there.
      ...(await deletionsOf(store, 'token')).filter(({ key }) => !known.has(key)),
      ...(await deletionsOf(store, 'session')),
      ...(await deletionsOf(store, 'link')),
    ];
    const data = { by, tokens: tokens.length };
    return ok({ entries: [{ type: 'access.all_revoked', data }], rows, value: tokens.length });
  });
}

async function deletionsOf(store: Store, kind: Kind): Promise<readonly RowWrite[]> {
  return (await rowsOf(store, kind)).map(({ key, version }) => writeOf(kind, key, version, null));
}

/** A new session, in the same commit as what it is begun with. `limit`: it does not outlast its token. */
async function begun(
  { store, clock, bytes }: Keeping,
  who: Pick<Session, 'name' | 'role' | 'approves' | 'token'>,
  limit: Instant | null,
  rows: readonly RowWrite[],
) {
  const now = clock.now();
  const secret = newSecret(bytes);
  const full = after(now, sessionLength);
  const session: Session = { ...who, madeAt: now, until: limit !== null && limit < full ? limit : full };
  const data = { by: who.name, role: who.role, with: rows.length === 0 ? 'token' : 'link' };
  return {
    entries: [{ type: 'access.logged_in' as const, data }],
    rows: [...rows, writeOf('session', hashOf(secret), 0, session), ...(await sweepings(store, now))],
    value: { secret, session },
  };
}
