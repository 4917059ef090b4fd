import { httpProtocols, url } from 'fairway-kit';

const hosts = {
  google: 'https://oauth2.googleapis.com',
  openrouter: 'https://openrouter.ai',
  retell: 'https://api.retellai.com',
  stripe: 'https://api.stripe.com',
  twilio: 'https://api.twilio.com',
} as const;

/** Where there is no way out, one service stands in for all vendors. */
export const vendorSettings = {
  standIn: url<string | null>('STAND_IN_VENDORS_URL', httpProtocols, null),
} as const;

/** Where a vendor is reached: at its own address, or under its name at the stand-in. */
export const vendorBase = (vendor: keyof typeof hosts, standIn: string | null): string =>
  standIn === null ? hosts[vendor] : `${standIn}/${vendor}`;
