/**
 * The cookies that say whose session it is, all of them and nothing else; null when there are none. A page of a neighbouring
 * domain may plant a further one beside a good one: what is remembered of a session must hold for the whole set only, never
 * for the one that was planted.
 */
export function sessionCookies(cookies: string | undefined): string | null {
  const ours = (cookies ?? '')
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => /^(?:__Secure-)?kianax\.session_token=/.test(cookie));
  return ours.length === 0 ? null : ours.join('; ');
}
