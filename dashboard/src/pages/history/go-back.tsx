import type { HistoryItem } from '#api/browser';
import { call, refresh } from '../../data/index.ts';
import { announce, Confirm, quoted } from '../../kit/index.ts';

interface GoBackProps {
  readonly environment: string;
  readonly item: HistoryItem;
  readonly items: readonly HistoryItem[];
  readonly onClose: () => void;
}

/** To a release from before: at once, and for all users. */
export function GoBack({ environment, item: { release, warm }, items, onClose }: GoBackProps) {
  const current = items.find((each) => each.current)?.release;
  return (
    <Confirm
      title={`Go back to release ${release}`}
      action={`Go back to ${release}`}
      danger
      consequence={
        <>
          <p>
            {`All users get release ${release} instead of ${current === undefined ? 'what they have now' : `release ${current}`}, without steps. `}
            {warm
              ? 'It is still warm: that is a matter of moments.'
              : 'Its replicas are started first, which takes as long as they need.'}
          </p>
          <p>
            What the stores hold stays as it is. Afterwards nothing rolls forward by itself until somebody
            releases.
          </p>
        </>
      }
      line={(note) =>
        `fairway rollback --env ${quoted(environment)} --to ${release}${note === '' ? '' : ` --note ${quoted(note)}`}`
      }
      run={async (note) => {
        await call('POST /v1/environments/{environment}/rollback', {
          params: { environment },
          body: { to: release, note },
        });
        refresh(environment);
        announce(`Going back to release ${release}.`);
      }}
      onClose={onClose}
    />
  );
}
