import { betterAuth } from 'better-auth';
import { genericOAuth } from 'better-auth/plugins/generic-oauth';
import { twoFactor } from 'better-auth/plugins/two-factor';
import type { Pool } from 'pg';
import { type ProviderSettings, providers } from './providers.ts';

export const sessionSeconds = 7 * 24 * 60 * 60;

export interface AccountSettings extends ProviderSettings {
  readonly pool: Pool;
  /** Signs the cookies of sessions. */
  readonly secret: string;
  /** Null: wherever a request came to on this machine. */
  readonly publicUrl: string | null;
  readonly secureCookies: boolean;
  readonly onNewUser: () => void;
  readonly onProblem: (message: string, level: 'warning' | 'error') => void;
}

const times = { createdAt: 'created_at', updatedAt: 'updated_at' };
const onThisMachine = ['127.0.0.1:*', 'localhost:*', '[::1]:*', 'dev.kianax.io'];

/**
 * Better Auth on our tables: passwords with scrypt (its default), GitHub and Google, a second factor by TOTP, sessions in
 * Postgres that end after seven days whatever is done with them.
 */
export function createAccounts(settings: AccountSettings) {
  const { pool, secret, publicUrl, secureCookies, onNewUser, onProblem } = settings;
  return betterAuth({
    appName: 'Kianax',
    basePath: '/api/auth',
    baseURL: publicUrl ?? { allowedHosts: onThisMachine, fallback: 'http://127.0.0.1' },
    secret,
    database: pool,
    emailAndPassword: { enabled: true, minPasswordLength: 12, maxPasswordLength: 128 },
    session: {
      modelName: 'sessions',
      expiresIn: sessionSeconds,
      disableSessionRefresh: true,
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        ...times,
      },
    },
    user: { modelName: 'users', fields: { emailVerified: 'email_verified', ...times } },
    account: {
      modelName: 'accounts',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...times,
      },
      encryptOAuthTokens: true,
      accountLinking: { enabled: true, trustedProviders: ['github', 'google'] },
    },
    verification: { modelName: 'verifications', fields: { expiresAt: 'expires_at', ...times } },
    plugins: [
      twoFactor({
        issuer: 'Kianax',
        twoFactorTable: 'two_factors',
        schema: {
          user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
          twoFactor: {
            modelName: 'two_factors',
            fields: {
              userId: 'user_id',
              backupCodes: 'backup_codes',
              failedVerificationCount: 'failed_verification_count',
              lockedUntil: 'locked_until',
            },
          },
        },
      }),
      genericOAuth({ config: providers(settings) }),
    ],
    databaseHooks: {
      user: {
        create: {
          after() {
            onNewUser();
            return Promise.resolve();
          },
        },
      },
    },
    advanced: {
      cookiePrefix: 'kianax',
      useSecureCookies: secureCookies,
      trustedProxyHeaders: true, // only the gateway reaches this service, and it sets them itself
      ipAddress: { ipAddressHeaders: ['x-forwarded-for'] },
    },
    rateLimit: { enabled: false }, // the gateway counts, for all replicas together
    onAPIError: { throw: true }, // what nobody foresaw is answered and logged as everywhere
    telemetry: { enabled: false },
    logger: {
      level: 'warn',
      log: (level, message) => onProblem(message, level === 'error' ? 'error' : 'warning'),
    },
  });
}

export type Accounts = ReturnType<typeof createAccounts>;
