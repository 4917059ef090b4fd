import type { Instant } from '#kernel';
import type { RowWrite, Store } from '#ports';
import { readAll, writeOf } from './records.ts';

const day = 86_400_000;
/** A used or ended link is remembered, so that the page can say so; a token that is good for nothing, for the list. */
const keptFor = { link: day, token: 90 * day } as const;

/** Deletes what has been over for long: goes along with other changes. */
export async function sweepings(store: Store, now: Instant): Promise<readonly RowWrite[]> {
  const [sessions, links, tokens] = await Promise.all([
    readAll(store, 'session'),
    readAll(store, 'link'),
    readAll(store, 'token'),
  ]);
  const longAgo = (at: Instant | null, kept: number) => at !== null && at + kept <= now;
  return [
    ...sessions
      .filter(({ value }) => value.until <= now)
      .map(({ key, version }) => writeOf('session', key, version, null)),
    ...links
      .filter(({ value }) => longAgo(value.until, keptFor.link))
      .map(({ key, version }) => writeOf('link', key, version, null)),
    ...tokens
      .filter(({ value }) => longAgo(value.revokedAt ?? value.until, keptFor.token))
      .map(({ key, version }) => writeOf('token', key, version, null)),
  ];
}
