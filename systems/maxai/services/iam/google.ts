import { type Clock, createClient, type Log, type Metrics, text } from 'fairway-kit';
import { z } from 'zod';
import { vendorBase } from '../common/vendors.ts';

export const googleSettings = {
  googleClientId: text('GOOGLE_CLIENT_ID', 'maxai'),
  /** Where Google sends people back to. */
  publicUrl: text('PUBLIC_URL', 'https://app.maxai.io'),
} as const;

export interface Google {
  authorizeUrl(state: string): string;
  /** The proved address of who came back with this code; null when Google does not know it. */
  emailOf(code: string): Promise<string | null>;
}

const answered = z.object({ id_token: z.string() });
const identity = z.object({ email: z.email(), email_verified: z.literal(true) });

/** Sign in with Google: OAuth 2.0, authorization code. The ID token comes straight from Google over TLS: no signature to check. */
export function createGoogle(
  settings: {
    googleClientId: string;
    publicUrl: string;
    standIn: string | null;
    googleClient: string | null;
  },
  world: { log: Log; metrics: Metrics; clock: Clock },
): Google {
  const { googleClientId, publicUrl, standIn, googleClient } = settings;
  const client = createClient({ name: 'google', base: vendorBase('google', standIn), outside: true }, world);
  const redirect = `${publicUrl}/api/auth/google/callback`;
  const pages = standIn === null ? 'https://accounts.google.com' : `${standIn}/google`;
  return {
    authorizeUrl(state) {
      const query = {
        client_id: googleClientId,
        redirect_uri: redirect,
        response_type: 'code',
        scope: 'openid email',
      };
      return `${pages}/o/oauth2/v2/auth?${new URLSearchParams({ ...query, state }).toString()}`;
    },
    async emailOf(code) {
      const form = {
        code,
        client_id: googleClientId,
        client_secret: googleClient ?? '',
        redirect_uri: redirect,
      };
      const { status, body } = await client.call('POST', '/token', {
        body: new URLSearchParams({ ...form, grant_type: 'authorization_code' }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      const token = answered.safeParse(body);
      if (status !== 200 || !token.success) return null;
      const [, claims = ''] = token.data.id_token.split('.');
      const said = identity.safeParse(JSON.parse(Buffer.from(claims, 'base64url').toString()));
      return said.success ? said.data.email : null;
    },
  };
}
