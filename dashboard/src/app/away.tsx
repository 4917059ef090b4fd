import { timeSpan } from '#api/browser';
import { useConnection, useNow } from '../data/index.ts';
import { State } from '../kit/index.ts';

/** Says that the control plane is gone, while it is. */
export function AwayBanner() {
  const { awaySince } = useConnection();
  return awaySince === null ? null : <Banner since={awaySince} />;
}

function Banner({ since }: { readonly since: number }) {
  const now = useNow();
  return (
    <aside className="away" aria-label="Connection">
      <State tone="warn">Away</State>
      <p>
        <span role="status">The control plane is away</span> since {timeSpan(Math.max(1_000, now - since))}.
        Your services go on without it; this page comes back by itself.
      </p>
    </aside>
  );
}
