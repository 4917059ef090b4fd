import { fail, ok, type Result } from '#kernel';

/** Where a control plane keeps its state: in a journal of the folder, or in a Postgres that others use as well. */
export type StoreChoice =
  | { readonly kind: 'own' }
  | {
      readonly kind: 'shared';
      /** With the password; never shown. */
      readonly url: string;
      /** What may be shown and typed. */
      readonly shown: string;
    };

/**
 * Decides from `--store` and FAIRWAY_STORE_URL. A password comes by the environment only: the command line is read by every
 * user of a machine. Where both name the same place the environment's is taken, which has the password; a password for
 * another place is never sent. Failures: `store_password_shown`, `store_url_invalid`.
 */
export function chooseStore(asked: string | null, variable: string | undefined): Result<StoreChoice> {
  const secret = variable === undefined || variable === '' ? null : variable;
  if (asked === null) return secret === null ? ok({ kind: 'own' }) : shared(secret);
  const url = parse(asked);
  if (url === null) return fail('store_url_invalid');
  if (url.password !== '' || url.searchParams.has('password')) return fail('store_password_shown');
  const other = secret === null ? null : parse(secret);
  return secret !== null && other !== null && isSamePlace(url, other) ? shared(secret) : shared(asked);
}

function shared(url: string): Result<StoreChoice> {
  const parsed = parse(url);
  return parsed === null ? fail('store_url_invalid') : ok({ kind: 'shared', url, shown: shownOf(parsed) });
}

/** Something behind the host with "@" in it is a password that was not encoded: it is shown nowhere. */
function parse(text: string): URL | null {
  const url = URL.parse(text);
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) return null;
  return `${url.pathname}${url.search}${url.hash}`.includes('@') ? null : url;
}

const shownOf = ({ username, host, pathname }: URL) =>
  `postgres://${username === '' ? '' : `${username}@`}${host}${pathname}`;

function isSamePlace(a: URL, b: URL): boolean {
  const isSameUser = a.username === '' || a.username === b.username;
  return isSameUser && a.host === b.host && a.pathname === b.pathname;
}
