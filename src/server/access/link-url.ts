/** The code stands behind `#`: browsers do not send that part, so that it is in no log and no referrer. */
export const linkUrl = (origin: string, code: string): string => `${origin}/#code=${code}`;
