import { useEffect, useRef, useState } from 'react';
import { type TrafficStore, useLatest } from '../../../data/index.ts';
import { count, millisText, onTheme, percentText, rateText, State } from '../../../kit/index.ts';
import { requestsPerDash } from './flow.ts';
import { armsOf, coloursNow, createPlayer, flowOf } from './play.ts';
import { shapeOf } from './shape.ts';
import { useSmooth, type Smooth } from './smooth.ts';

interface PictureProps {
  readonly traffic: TrafficStore;
  readonly service: string;
  /** What the arms are called: `release 7`. */
  readonly names: { readonly stable: string; readonly canary: string | null };
}

/** Traffic on its way from users through the router to the revisions: what this page is remembered by. */
export function Picture({ traffic, service, names }: PictureProps) {
  const room = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(260);
  const isApart = names.canary !== null;
  useEffect(() => {
    const box = room.current;
    return box === null ? undefined : show(box, traffic, service, isApart, setHeight);
  }, [traffic, service, isApart]);
  const arms = useSmooth(traffic, service);
  return (
    <figure className="picture">
      <div className="picture-room" ref={room}>
        <Labels arms={arms} service={service} />
      </div>
      <LaneLabels arms={arms} names={names} height={height} />
      <Words traffic={traffic} service={service} arms={arms} names={names} />
    </figure>
  );
}

/** Plays the traffic in a box until it is ended. */
function show(
  box: HTMLElement,
  traffic: TrafficStore,
  service: string,
  isApart: boolean,
  onHeight: (height: number) => void,
): () => void {
  const player = createPlayer(box);
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let isSeen = true;
  const take = () => {
    const arms = armsOf(traffic.latest(), service);
    const share = (arms.find(({ role }) => role === 'canary')?.weight ?? 0) / 100;
    if (arms.length > 0) player.tell({ say: 'flow', flow: flowOf(arms), share, isApart });
  };
  const run = () => player.tell({ say: 'run', moves: isSeen && !document.hidden && !calm.matches });
  const paint = () => player.tell({ say: 'colours', colours: coloursNow() });
  const sight = new IntersectionObserver(([entry]) => {
    isSeen = entry?.isIntersecting ?? true;
    run();
  });
  const sizes = new ResizeObserver(([entry]) => {
    const { width = 0, height = 0 } = entry?.contentRect ?? {};
    player.tell({ say: 'size', width, height, dots: Math.min(3, devicePixelRatio) });
    onHeight(height);
  });
  paint();
  take();
  sizes.observe(box);
  sight.observe(box);
  calm.addEventListener('change', run);
  document.addEventListener('visibilitychange', run);
  const forget = [onTheme(paint), traffic.subscribe(take)];
  run();
  return () => {
    player.end();
    sight.disconnect();
    sizes.disconnect();
    calm.removeEventListener('change', run);
    document.removeEventListener('visibilitychange', run);
    for (const each of forget) each();
  };
}

interface LabelProps {
  readonly arms: Smooth;
  readonly names: PictureProps['names'];
}

function Labels({ arms, service }: { readonly arms: Smooth; readonly service: string }) {
  const all = (arms.stable?.rate ?? 0) + (arms.canary?.rate ?? 0);
  return (
    <div aria-hidden="true">
      <p className="picture-users">
        <b>{rateText(all)}</b> requests/s to {service}
      </p>
      <p className="picture-router">router</p>
    </div>
  );
}

/** Beside the ends of the lanes, where there is room; below the picture on a phone. */
function LaneLabels({ arms, names, height }: LabelProps & { readonly height: number }) {
  const shape = shapeOf(100, height, (arms.canary?.weight ?? 0) / 100, names.canary === null ? 0 : 1);
  return (
    <div className="picture-lanes">
      <LaneLabel role="stable" name={names.stable} arm={arms.stable} top={shape.lanes[0].after} />
      {names.canary !== null && (
        <LaneLabel role="canary" name={names.canary} arm={arms.canary} top={shape.lanes[1].after} />
      )}
    </div>
  );
}

interface LaneLabelProps {
  readonly role: 'stable' | 'canary';
  readonly name: string;
  readonly arm: Smooth['stable'];
  readonly top: number;
}

function LaneLabel({ role, name, arm, top }: LaneLabelProps) {
  const share = arm !== null && arm.rate > 0 ? arm.failed / arm.rate : null;
  return (
    <div className="picture-lane" style={{ insetBlockStart: `${top}px` }}>
      <p>
        <State tone={role}>{name}</State> <b>{count(arm?.weight ?? 0)} %</b>
      </p>
      <p className="hint">
        {arm === null
          ? 'no user is on it'
          : `${rateText(arm.rate)}/s · ${share === null ? 'nothing answered' : `${percentText(share)} fail`}${arm.p95 === null ? '' : ` · p95 ${millisText(arm.p95)}`}`}
      </p>
    </div>
  );
}

/** The same in words, and what the marks mean. */
function Words({ traffic, service, arms, names }: PictureProps & { readonly arms: Smooth }) {
  const sample = useLatest(traffic, 1_000);
  const all = (arms.stable?.rate ?? 0) + (arms.canary?.rate ?? 0);
  const per = requestsPerDash(all);
  if (sample === null) return <figcaption className="hint">The first figures come in a moment.</figcaption>;
  if (all === 0) return <figcaption className="hint">Nobody asks {service} for anything now.</figcaption>;
  return (
    <figcaption className="hint">
      <span className="hidden-text">
        {service} answers {rateText(all)} requests per second: {count(arms.stable?.weight ?? 0)} % by{' '}
        {names.stable}
        {names.canary === null ? '' : `, ${count(arms.canary?.weight ?? 0)} % by ${names.canary}`}.
      </span>
      One dash is {per === 1 ? 'one request' : `${count(per)} requests`}, a cross one that failed; lanes are
      as wide as their share.
    </figcaption>
  );
}
