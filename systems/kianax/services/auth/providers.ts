import type { GenericOAuthConfig } from 'better-auth/plugins/generic-oauth';

export interface ProviderSettings {
  /** What stands in for both in development; null: the real ones. */
  readonly standIn: string | null;
  readonly github: { readonly id: string; readonly secret: string };
  readonly google: { readonly id: string; readonly secret: string };
}

/** GitHub speaks OAuth 2 and keeps e-mail addresses apart; Google is an OpenID provider. */
export function providers({ standIn, github, google }: ProviderSettings): GenericOAuthConfig[] {
  const githubApi = standIn === null ? 'https://api.github.com' : `${standIn}/github/api`;
  return [
    {
      providerId: 'github',
      clientId: github.id,
      clientSecret: github.secret,
      authorizationUrl:
        standIn === null ? 'https://github.com/login/oauth/authorize' : `${standIn}/github/authorize`,
      tokenUrl: standIn === null ? 'https://github.com/login/oauth/access_token' : `${standIn}/github/token`,
      scopes: ['read:user', 'user:email'],
      getUserInfo: ({ accessToken = '' }) => githubUser(githubApi, accessToken),
    },
    {
      providerId: 'google',
      clientId: google.id,
      clientSecret: google.secret,
      authorizationUrl:
        standIn === null ? 'https://accounts.google.com/o/oauth2/v2/auth' : `${standIn}/google/authorize`,
      tokenUrl: standIn === null ? 'https://oauth2.googleapis.com/token' : `${standIn}/google/token`,
      userInfoUrl:
        standIn === null ? 'https://openidconnect.googleapis.com/v1/userinfo' : `${standIn}/google/userinfo`,
      scopes: ['openid', 'email', 'profile'],
      accountSubject: ({ profile }) => profile.sub ?? '',
    },
  ];
}

interface GithubProfile {
  readonly id: number;
  readonly login: string;
  readonly name: string | null;
  readonly avatar_url?: string;
}
interface GithubAddress {
  readonly email: string;
  readonly primary: boolean;
  readonly verified: boolean;
}

/** The profile, with the address that its owner has proved to be his. */
async function githubUser(api: string, accessToken: string) {
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`${api}${path}`, {
      headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json', 'user-agent': 'kianax' },
      signal: AbortSignal.timeout(5_000),
    });
    return response.ok ? response.json() : null;
  };
  const [profile, addresses] = await Promise.all([ask('/user'), ask('/user/emails')]);
  if (profile === null || !Array.isArray(addresses)) return null;
  const { id, login, name, avatar_url: image } = profile as GithubProfile;
  const address = (addresses as GithubAddress[]).find(({ primary, verified }) => primary && verified);
  if (address === undefined) return null;
  return { id, name: name ?? login, email: address.email, emailVerified: true, ...(image && { image }) };
}
