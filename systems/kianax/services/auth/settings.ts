import { count, flag, httpProtocols, optionalSecret, secret, text, url } from 'fairway-kit';
import { cacheSettings, callerSettings, databaseSettings, standInSettings } from '../common/settings.ts';

export const settings = {
  ...databaseSettings,
  ...cacheSettings,
  ...callerSettings,
  ...standInSettings,
  authSecret: secret('AUTH_SECRET'),
  /** Where browsers find the product. Left out: wherever a request came to, for development. */
  publicUrl: url('PUBLIC_URL', httpProtocols, null),
  secureCookies: flag('SECURE_COOKIES', true),
  githubId: text('GITHUB_CLIENT_ID', 'kianax'),
  githubSecret: secret('GITHUB_CLIENT_SECRET'),
  googleId: text('GOOGLE_CLIENT_ID', 'kianax'),
  googleSecret: secret('GOOGLE_CLIENT_SECRET'),
  /** Users of development: user-1@kianax.example and so on. */
  seedUsers: count('SEED_USERS', { least: 0, most: 10_000, fallback: 0 }),
  seedPassword: text('SEED_PASSWORD', 'none'),
  /** With it there is a user for the checks: probe@kianax.example. */
  probePassword: optionalSecret('PROBE_PASSWORD'),
};
