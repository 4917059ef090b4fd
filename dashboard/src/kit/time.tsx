import { dayAndTime, timeOfDay, timeSpan } from '#api/browser';
import { useNow } from '../data/clock.ts';

const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long' });
const dayOf = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const days = 86_400_000;

/** `just now`, `3m ago`, `in 2h`: one unit, for a glance. */
export function ago(at: number, now: number): string {
  const past = now - at;
  const size = Math.abs(past);
  if (size < 1_500) return 'just now';
  const span = timeSpan(size).split(' ')[0] ?? '';
  return past > 0 ? `${span} ago` : `in ${span}`;
}

/** `14:03`, `Tuesday 14:03`, `4 May 2026 14:03`: as a colleague would say it. */
export function dayInWords(at: number, now: number): string {
  const isSame = new Date(at).toDateString() === new Date(now).toDateString();
  if (isSame) return hour.format(at);
  const isNear = Math.abs(now - at) < 6 * days;
  return `${isNear ? weekday.format(at) : dayOf.format(at)} ${hour.format(at)}`;
}

interface TimeProps {
  readonly at: number;
  /** `ago`: relative and ticking; `clock`: time of day with seconds; `day`: in words. The rest is seen on hover. */
  readonly as?: 'ago' | 'clock' | 'day';
}

export function Time({ at, as = 'ago' }: TimeProps) {
  const now = useNow(as === 'ago' ? 1_000 : 60_000);
  const text = as === 'ago' ? ago(at, now) : as === 'clock' ? timeOfDay(at) : dayInWords(at, now);
  return (
    <time dateTime={new Date(at).toISOString()} title={`${dayAndTime(at)} (${ago(at, now)})`}>
      {text}
    </time>
  );
}

/** What is left until then, ticking: `4m 12s`. */
export function Countdown({ until }: { readonly until: number }) {
  const now = useNow();
  return <time dateTime={new Date(until).toISOString()}>{timeSpan(Math.max(0, until - now))}</time>;
}
