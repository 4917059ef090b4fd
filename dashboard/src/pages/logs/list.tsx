import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { count } from '../../kit/index.ts';
import type { Entry } from './line.ts';
import { Row } from './row.tsx';
import { windowOf } from './window.ts';

interface ListProps {
  readonly entries: readonly Entry[];
  /** The newest are shown, and those that come. */
  readonly follows: boolean;
  readonly wraps: boolean;
  readonly text: string;
  readonly open: Entry | null;
  readonly onOpen: (entry: Entry) => void;
  readonly onId: (id: string) => void;
  /** Somebody reads what was before, or has come back to the end. */
  readonly onLeave: () => void;
  readonly onReturn: () => void;
}

/** Where lines are wrapped their height is not known beforehand: so many of the newest are drawn, all of them. */
const wrapped = { read: 200, following: 60 };

/** The lines. Of fifty thousand only those are drawn that are seen. */
export function List({ entries, follows, wraps, text, open, onOpen, onId, onLeave, onReturn }: ListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const placed = useRef(0);
  const [top, setTop] = useState(0);
  const { height, row } = useRoom(scroller);
  const [more, setMore] = useState(wrapped.read);
  const most = follows ? wrapped.following : more;
  const drawn = wraps
    ? { first: Math.max(0, entries.length - most), rows: Math.min(most, entries.length) }
    : windowOf(entries.length, follows ? null : top, height, row);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || !follows) return;
    element.scrollTop = element.scrollHeight;
    placed.current = element.scrollTop;
  });

  // Wrapped lines are drawn further back once somebody reads: what is seen stays where it is, counted from the end.
  const fromEnd = useRef(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || follows || !wraps) return;
    element.scrollTop = element.scrollHeight - fromEnd.current;
  }, [follows, wraps, more]);

  const leave = () => {
    if (!follows) return;
    const { scrollTop = 0, scrollHeight = 0 } = scroller.current ?? {};
    setTop(scrollTop);
    fromEnd.current = scrollHeight - scrollTop;
    onLeave();
  };

  const scrolled = () => {
    const element = scroller.current;
    if (element === null) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    const isAtEnd = scrollHeight - clientHeight - scrollTop < 4;
    fromEnd.current = scrollHeight - scrollTop;
    if (follows && !isAtEnd && scrollTop < placed.current - 4) onLeave();
    if (!follows && isAtEnd) onReturn();
    setTop(scrollTop);
  };

  const rows = entries.slice(drawn.first, drawn.first + drawn.rows);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by keyboard
    <div
      ref={scroller}
      className="logs-scroller"
      data-wraps={wraps || undefined}
      role="region"
      aria-label="Lines"
      tabIndex={0}
      onScroll={scrolled}
      // The line under the pointer must still be there when the button is let go.
      onPointerDown={leave}
    >
      {wraps && drawn.first > 0 && (
        <button type="button" className="logs-earlier" onClick={() => setMore(more + wrapped.read)}>
          {count(wrapped.read)} earlier lines
        </button>
      )}
      <ol
        style={
          wraps
            ? {}
            : {
                blockSize: `${(entries.length - drawn.first) * row}px`,
                marginBlockStart: `${drawn.first * row}px`,
              }
        }
      >
        {rows.map((entry) => (
          <Row
            // By its line: one that is pressed must be the same when the button is let go, whatever came meanwhile.
            key={entry.number}
            entry={entry}
            text={text}
            isOpen={open === entry}
            onOpen={onOpen}
            onId={onId}
          />
        ))}
      </ol>
    </div>
  );
}

/** Height of the box, and of a row in it: two lines of text where there is little room. */
function useRoom(scroller: { readonly current: HTMLElement | null }) {
  const [room, setRoom] = useState({ height: 600, row: 24 });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const sizes = new ResizeObserver(() =>
      setRoom({ height: element.clientHeight, row: element.clientWidth < 640 ? 44 : 24 }),
    );
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [scroller]);
  return room;
}
