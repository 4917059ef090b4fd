/** What is published over Redis; whoever does not listen at that moment has missed it. */
export const channels = {
  /** A list of quotes, the latest of each symbol that changed. */
  quotes: 'kianax:quotes',
  /** `{ userId, notification }` */
  notifications: 'kianax:notifications',
} as const;
