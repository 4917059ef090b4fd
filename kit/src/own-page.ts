/**
 * Whether a request comes from a page of our own, or from no page at all. Cookies come along with what other sites have a
 * browser send, so that who is known by a cookie may write, or open a WebSocket, only if this holds. Browsers say where from
 * in Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/); older ones in Origin, which is compared with the host that they
 * asked. Programs say neither. Names in lower case.
 */
export function isFromOwnPage(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = headers;
  if (origin === undefined) return true;
  const host = headers['x-forwarded-host'] ?? headers['host'];
  return typeof origin === 'string' && URL.canParse(origin) && new URL(origin).host === host;
}
