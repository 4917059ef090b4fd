import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Dialog } from '../kit/index.ts';
import { ofAll, ofEnvironment } from './pages.ts';
import { usePlace } from './place.ts';

const entries = [...ofEnvironment, ...ofAll];

/** `g r` goes to the release page, and so on; `?` shows them all. */
export function Keys() {
  const [isShown, setShown] = useState(false);
  const navigate = useNavigate();
  const { environment } = usePlace();
  const isAfterG = useRef(false);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const entry = isAfterG.current ? entries.find(({ key }) => key === event.key) : undefined;
      isAfterG.current = event.key === 'g';
      if (event.key === '?') setShown(true);
      if (entry === undefined) return;
      event.preventDefault();
      void navigate({ to: entry.path, params: { environment } });
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [navigate, environment]);
  if (!isShown) return null;
  return (
    <Dialog title="Keys" onClose={() => setShown(false)}>
      <dl className="key-list">
        {entries.map(({ name, key }) => (
          <KeyLine key={key} keys={['g', key]} text={name} />
        ))}
        <KeyLine keys={['?']} text="These keys" />
        <KeyLine keys={['Esc']} text="Close what is open" />
      </dl>
    </Dialog>
  );
}

function KeyLine({ keys, text }: { readonly keys: readonly string[]; readonly text: string }) {
  return (
    <>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{text}</dd>
    </>
  );
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLSelectElement ||
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio'].includes(target.type)) ||
    target.closest('dialog') !== null);
