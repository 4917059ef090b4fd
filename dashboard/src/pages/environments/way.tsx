import type { EnvironmentView } from '#api/browser';
import { useAccess } from '../../data/index.ts';
import { Button, Icon, listText } from '../../kit/index.ts';
import { aheadText } from './words.ts';

interface WayProps {
  readonly from: EnvironmentView;
  readonly to: EnvironmentView;
  readonly onPromote: () => void;
}

/** From one environment to the next. */
export function Way({ from, to, onPromote }: WayProps) {
  const access = useAccess();
  const ahead = from.ahead ?? [];
  return (
    <div className="environments-way">
      <span className="environments-arrow" aria-hidden="true">
        <Icon name="right" />
      </span>
      <p title={ahead.length === 0 ? undefined : listText(ahead)}>{aheadText(from, to)}</p>
      <Button
        kind={ahead.length > 0 ? 'main' : 'plain'}
        whyNot={access.whyNot('deploy') ?? whyNot(from, to)}
        label={`Promote ${from.name} to ${to.name}`}
        onClick={onPromote}
      >
        Promote
      </Button>
    </div>
  );
}

function whyNot(from: EnvironmentView, to: EnvironmentView): string | null {
  if (from.status !== 'up' || from.release === null)
    return `${from.name} runs nothing that could be promoted.`;
  if (from.rollout !== null)
    return `A release is under way in ${from.name}: promote it once it is proven there.`;
  if (to.status !== 'up') return `${to.name} is down. Bring it up first.`;
  if (from.ahead?.length === 0) return `${to.name} runs the same builds already.`;
  return null;
}
