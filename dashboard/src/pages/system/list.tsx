import type { SystemView } from '#api/browser';
import { listText } from '../../kit/index.ts';
import { groupsOf } from './layout.ts';
import { PartFace } from './part-card.tsx';
import type { Part } from './parts.ts';

interface ListProps {
  readonly system: SystemView;
  readonly parts: ReadonlyMap<string, Part>;
  readonly chosen: string | null;
  readonly onChoose: (name: string) => void;
}

/** The picture in words: the same parts in the same groups, with whom they call. */
export function PartList({ system, parts, chosen, onChoose }: ListProps) {
  return (
    <div className="system-list">
      {groupsOf(system).map(({ key, title, members }) => (
        <div key={key} className="system-list-group">
          <h3>{title}</h3>
          <ul>
            {members.map((name) => {
              const part = parts.get(name);
              return part === undefined ? null : (
                <li key={name}>
                  <button
                    type="button"
                    className="system-part"
                    data-kind={part.kind}
                    data-tone={part.health.tone}
                    aria-pressed={name === chosen}
                    onClick={() => onChoose(name)}
                  >
                    <PartFace part={part} />
                  </button>
                  <p className="hint">{callsText(part)}</p>
                </li>
              );
            })}
          </ul>
        </div>
      ))}
    </div>
  );
}

export function callsText(part: Part): string {
  const by = part.calledBy.length === 0 ? '' : `Called by ${listText(part.calledBy)}.`;
  if (part.kind === 'store')
    return by === '' ? 'No service says that it uses it.' : `Used by ${listText(part.calledBy)}.`;
  const calls = part.calls.length === 0 ? 'Calls nobody.' : `Calls ${listText(part.calls)}.`;
  return by === '' ? calls : `${calls} ${by}`;
}
