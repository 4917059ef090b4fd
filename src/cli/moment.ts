import { timeSpan } from '#api';
import { type Instant, fail, instant, ok, parseDuration, type Result } from '#kernel';

/**
 * A moment as people write it: `2026-05-04T14:03:07Z` (without a zone: the machine's), `14:03:07` (today's, or yesterday's
 * where that is still to come), `5m ago`. Failures: `moment_not_understood` (facts: written), `moment_to_come` (facts: at).
 */
export function parseMoment(written: string, now: Instant): Result<Instant> {
  const at = momentOf(written.trim(), now);
  if (at === null || !Number.isFinite(at)) return fail('moment_not_understood', { written });
  return at > now ? fail('moment_to_come', { at }) : ok(instant(at));
}

function momentOf(written: string, now: Instant): number | null {
  const ago = /^(\S+) ago$/.exec(written)?.[1];
  if (ago !== undefined) {
    const length = parseDuration(ago);
    return length.ok ? now - length.value : null;
  }
  if (/^\d{1,2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/.test(written)) return timeOfToday(written, now);
  const isWhole = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(
    written,
  );
  if (!isWhole) return null;
  // A date alone would be read as midnight in UTC.
  return Date.parse(written.length === 10 ? `${written}T00:00:00` : written.replace(' ', 'T'));
}

function timeOfToday(written: string, now: Instant): number | null {
  const [hours = 0, minutes = 0, seconds = 0] = written.split(':').map(Number);
  if (hours > 23 || minutes > 59 || seconds >= 60) return null;
  const at = new Date(now);
  at.setHours(hours, minutes, Math.floor(seconds), Math.round((seconds % 1) * 1_000));
  if (at.getTime() > now) at.setDate(at.getDate() - 1);
  return at.getTime();
}

/** `2026-05-04T12:03:07.000Z (14:03:07 here, 5m ago)`. */
export function momentText(at: Instant, now: Instant): string {
  const local = new Date(at);
  const part = (value: number) => String(value).padStart(2, '0');
  const time = `${part(local.getHours())}:${part(local.getMinutes())}:${part(local.getSeconds())}`;
  const isToday = local.toDateString() === new Date(now).toDateString();
  const day = `${local.getFullYear()}-${part(local.getMonth() + 1)}-${part(local.getDate())}`;
  return `${local.toISOString()} (${isToday ? '' : `${day} `}${time} here, ${timeSpan(now - at)} ago)`;
}
