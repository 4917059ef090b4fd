import type { NewTokenView, Role, TokenView } from '#api';
import { after, type Clock, days, fail, type Instant, ok, type Result } from '#kernel';
import type { RowWrite, Store } from '#ports';
import { change, type Change } from './ledger.ts';
import { type Kept, readAll, readOne, type Token, writeOf } from './records.ts';
import { hashOf, idOf, isId, isSame, newSecret, type SecretBytes, tokenPrefix } from './secrets.ts';
import { sweepings } from './sweep.ts';

export interface Keeping {
  readonly store: Store;
  readonly clock: Clock;
  readonly bytes: SecretBytes;
}

export interface TokenAsk {
  readonly by: string;
  readonly name: string;
  readonly role: Role;
  /** The roles in which it agrees to releases; null: in every one. */
  readonly approves: readonly string[] | null;
  /** From now on; null: until it is revoked. */
  readonly days: number | null;
}

/** Makes a token; its secret is in the answer and nowhere else. Failures: `token_name_taken` (facts: name). */
export function makeToken(keeping: Keeping, ask: TokenAsk): Promise<Result<NewTokenView>> {
  const { store, clock, bytes } = keeping;
  const { by, name, role } = ask;
  const approves = ask.approves === null ? null : [...ask.approves];
  return change(store, clock, async () => {
    const now = clock.now();
    const tokens = await readAll(store, 'token');
    const isTaken = tokens.some(({ value }) => value.name === name && stateOf(value, now) === 'good');
    if (isTaken) return fail('token_name_taken', { name });
    const secret = newSecret(bytes, tokenPrefix);
    const hash = hashOf(secret);
    const id = idOf(hash);
    const until = ask.days === null ? null : after(now, days(ask.days));
    const of = { name, role, approves, hash, by, madeAt: now, until };
    const value: Token = { ...of, lastUsedAt: null, revokedAt: null };
    return ok({
      entries: [{ type: 'access.token_made', data: { by, id, name, role, approves, until } }],
      rows: [writeOf('token', id, 0, value), ...(await sweepings(store, now))],
      value: { ...viewOf(id, value, now), token: secret },
    });
  });
}

/** The newest first. */
export async function listTokens({ store, clock }: Keeping): Promise<readonly TokenView[]> {
  const tokens = await readAll(store, 'token');
  return tokens
    .map(({ key, value }) => viewOf(key, value, clock.now()))
    .sort((a, b) => b.createdAt - a.createdAt);
}

/** Revokes a token; false: it was revoked before. Its sessions are over with it. Failures: `token_unknown` (facts: id). */
export function revokeToken({ store, clock }: Keeping, id: string, by: string): Promise<Result<boolean>> {
  return change<boolean>(store, clock, async () => {
    const found = isId(id) ? await readOne(store, 'token', id) : null;
    if (found === null) return fail('token_unknown', { id: id.slice(0, 100) });
    if (found.value.revokedAt !== null) return ok({ entries: [], rows: [], value: false });
    return ok<Change<boolean>>({
      entries: [{ type: 'access.token_revoked', data: { by, id, name: found.value.name } }],
      rows: [revoked(found, clock.now())],
      value: true,
    });
  });
}

/** A good token by its secret, and null for everything else; both take the same steps. */
export async function tokenBySecret(keeping: Keeping, secret: string): Promise<Kept<Token> | null> {
  const hash = hashOf(secret);
  const found = await readOne(keeping.store, 'token', idOf(hash));
  const isKnown = isSame(hash, found?.value.hash ?? '');
  return isKnown && isGood(found?.value, keeping.clock.now()) ? found : null;
}

export async function goodToken(keeping: Keeping, id: string): Promise<Kept<Token> | null> {
  const found = await readOne(keeping.store, 'token', id);
  return isGood(found?.value, keeping.clock.now()) ? found : null;
}

const usedEvery = 60_000;

/** Notes that a token is used, once a minute at most. Not worth a failure: where it cannot be noted, the next use is. */
export async function noteUse({ store, clock }: Keeping, token: Kept<Token>): Promise<void> {
  if (!isLongAgo(token.value, clock.now())) return;
  await change(store, clock, async () => {
    const now = clock.now();
    const found = await readOne(store, 'token', token.key);
    if (found === null || !isLongAgo(found.value, now)) return ok({ entries: [], rows: [], value: null });
    const noted = { ...found.value, lastUsedAt: now };
    return ok({ entries: [], rows: [writeOf('token', found.key, found.version, noted)], value: null });
  });
}

const isLongAgo = ({ lastUsedAt }: Token, now: Instant) =>
  lastUsedAt === null || now - lastUsedAt >= usedEvery;

export const revoked = ({ key, version, value }: Kept<Token>, now: Instant): RowWrite =>
  writeOf('token', key, version, { ...value, revokedAt: now });

const isGood = (token: Token | undefined, now: Instant) =>
  token !== undefined && stateOf(token, now) === 'good';

function stateOf({ revokedAt, until }: Token, now: Instant): TokenView['state'] {
  if (revokedAt !== null) return 'revoked';
  return until !== null && until <= now ? 'ended' : 'good';
}

function viewOf(id: string, token: Token, now: Instant): TokenView {
  const { name, role, approves, by, madeAt: createdAt, until, lastUsedAt } = token;
  return { id, name, role, approves, createdAt, by, until, lastUsedAt, state: stateOf(token, now) };
}
