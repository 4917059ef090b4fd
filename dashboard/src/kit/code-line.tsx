import { useEffect, useState } from 'react';
import { later } from '../data/clock.ts';
import { announce } from './announce.tsx';
import { Icon } from './icons.tsx';

/** A line to type elsewhere, with a button that copies it. */
export function CodeLine({
  children,
  label = 'Copy the line',
}: {
  readonly children: string;
  readonly label?: string;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => (copied ? later(2_000, () => setCopied(false)) : undefined), [copied]);
  const copy = async () => {
    await navigator.clipboard.writeText(children);
    setCopied(true);
    announce('Copied.');
  };
  return (
    <span className="code-line">
      <code>{children}</code>
      <button type="button" aria-label={label} title={label} onClick={() => void copy().catch(() => {})}>
        <Icon name={copied ? 'done' : 'copy'} />
      </button>
    </span>
  );
}
