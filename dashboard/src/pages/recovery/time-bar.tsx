import type { RecoveryView, StoreSafetyView } from '#api/browser';
import { useNow } from '../../data/index.ts';
import { ago, dayInWords } from '../../kit/index.ts';

interface TimeBarProps {
  readonly store: StoreSafetyView;
  readonly copies: RecoveryView['copies'];
}

/** What can be brought back, from the oldest to now: copies as marks, the time to any moment of which one can go as a band. */
export function TimeBar({ store: { range, store }, copies }: TimeBarProps) {
  const now = useNow(15_000);
  const moments = copies.map(({ until }) => until);
  const oldest = Math.min(...moments, range?.from ?? now);
  if (copies.length === 0 && range === null)
    return (
      <div className="recovery-time" data-empty="true">
        <div className="recovery-track" role="img" aria-label={`Nothing of ${store} can be brought back.`} />
        <div className="recovery-scale">
          <span>nothing can be brought back</span>
        </div>
      </div>
    );
  const share = (at: number) =>
    `${(Math.max(0, Math.min(1, (at - oldest) / Math.max(1, now - oldest))) * 100).toFixed(2)}%`;
  const words =
    range === null
      ? `${copies.length} moments can be brought back, the oldest ${ago(oldest, now)}.`
      : `Any moment from ${dayInWords(range.from, now)} to ${dayInWords(range.until, now)} can be brought back.`;
  return (
    <div className="recovery-time">
      <div className="recovery-track" role="img" aria-label={`${store}: ${words}`} title={words}>
        {range !== null && (
          <span
            className="recovery-range"
            style={{
              insetInlineStart: share(range.from),
              insetInlineEnd: `calc(100% - ${share(range.until)})`,
            }}
          />
        )}
        {copies.map(({ id, until }) => (
          <i key={id} style={{ insetInlineStart: share(until) }} />
        ))}
      </div>
      <div className="recovery-scale">
        <span>{ago(oldest, now)}</span>
        <span className="recovery-words">{range === null ? 'only these moments' : 'any moment'}</span>
        <span>now</span>
      </div>
    </div>
  );
}
