import { useEffect, useMemo, useRef, useState } from 'react';
import type { SystemView } from '#api/browser';
import { type Edge, pictureOf } from './layout.ts';
import { PartFace } from './part-card.tsx';
import type { Part } from './parts.ts';

interface PictureProps {
  readonly system: SystemView;
  readonly parts: ReadonlyMap<string, Part>;
  readonly chosen: string | null;
  readonly onChoose: (name: string) => void;
}

/** Nothing is drawn smaller than this: below it the picture is moved sideways instead. */
const smallest = 0.69;

/** The system as a picture: lines are calls, from left to right. The parts are buttons, in the order of the list. */
export function Picture({ system, parts, chosen, onChoose }: PictureProps) {
  // The declaration is asked again and again and is the same nearly always: its text decides, not its identity.
  const shape = JSON.stringify([system.services.map(shapeOf), system.stores.map(({ name }) => name)]);
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- see above
  const picture = useMemo(() => pictureOf(system), [shape]);
  const [box, scale] = useScale(picture.width);
  const [near, setNear] = useState<string | null>(null);
  const spoken = near ?? chosen;
  useEffect(() => {
    const pressed = box.current?.querySelector('[aria-pressed="true"]');
    if (chosen !== null) pressed?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [chosen, box, scale]);
  const { width, height, groups } = picture;
  return (
    <div ref={box} className="system-room">
      <div className="system-sheet" style={{ inlineSize: width * scale, blockSize: height * scale }}>
        <div
          className="system-picture"
          data-spoken={spoken !== null || undefined}
          style={{ inlineSize: width, blockSize: height, scale: String(scale) }}
        >
          {groups.map(({ name, title, ...place }) => (
            <div key={name} className="system-group" data-group={name} style={styleOf(place)}>
              {title}
            </div>
          ))}
          <Lines edges={picture.edges} width={width} height={height} parts={parts} spoken={spoken} />
          {picture.parts.map(({ name, ...place }) => {
            const part = parts.get(name);
            return part === undefined ? null : (
              <button
                key={name}
                type="button"
                className="system-part"
                data-kind={part.kind}
                data-tone={part.health.tone}
                data-near={isNear(part, spoken) || undefined}
                aria-pressed={name === chosen}
                style={styleOf(place)}
                onClick={() => onChoose(name)}
                onMouseEnter={() => setNear(name)}
                onMouseLeave={() => setNear(null)}
                onFocus={() => setNear(name)}
                onBlur={() => setNear(null)}
              >
                <PartFace part={part} />
              </button>
            );
          })}
        </div>
      </div>
    </div>
  );
}

const shapeOf = ({ name, exposure, needs }: SystemView['services'][number]) => [name, exposure, needs];

const styleOf = ({ x, y, width, height }: { x: number; y: number; width: number; height: number }) => ({
  insetInlineStart: x,
  insetBlockStart: y,
  inlineSize: width,
  blockSize: height,
});

function isNear(part: Part, spoken: string | null): boolean {
  if (spoken === null) return false;
  const calls = part.kind === 'service' ? part.calls : [];
  return part.name === spoken || calls.includes(spoken) || part.calledBy.includes(spoken);
}

interface LinesProps {
  readonly edges: readonly Edge[];
  readonly width: number;
  readonly height: number;
  readonly parts: ReadonlyMap<string, Part>;
  readonly spoken: string | null;
}

/** Calls. A line is thicker the more the called service answers; that of a store says only that it is used. */
function Lines({ edges, width, height, parts, spoken }: LinesProps) {
  return (
    <svg className="system-lines" width={width} height={height} aria-hidden="true">
      <defs>
        {['idle', 'live', 'near'].map((kind) => (
          <marker
            key={kind}
            id={`system-arrow-${kind}`}
            className={`system-arrow-${kind}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0.5 8 4 0 7.500z" />
          </marker>
        ))}
      </defs>
      {edges.map(({ from, to, path }) => {
        const called = parts.get(to);
        const rate = called?.kind === 'service' ? (called.load?.rate ?? 0) : 0;
        const kind = from === spoken || to === spoken ? 'near' : rate > 0 ? 'live' : 'idle';
        return (
          <path
            key={`${from} ${to}`}
            d={path}
            className="system-line"
            data-kind={kind}
            style={{ strokeWidth: 1.25 + Math.min(2, Math.log10(1 + rate) * 0.75) }}
            markerEnd={`url(#system-arrow-${kind})`}
          />
        );
      })}
    </svg>
  );
}

/** How small the picture is drawn to fit its room. */
function useScale(width: number) {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const sizes = new ResizeObserver(([entry]) => setRoom(entry?.contentRect.width ?? 0));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);
  const scale = room === 0 ? 1 : Math.max(smallest, Math.min(1, room / width));
  return [box, scale] as const;
}
