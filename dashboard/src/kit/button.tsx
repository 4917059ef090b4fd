import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onClick?: () => void;
  readonly kind?: 'plain' | 'main' | 'danger' | 'quiet';
  readonly icon?: IconName;
  readonly busy?: boolean;
  /** Why it may not be pressed now. It stays reachable by keyboard, so that the reason can be read. */
  readonly whyNot?: string | null;
  readonly type?: 'button' | 'submit';
  /** Where only the sign is shown. */
  readonly label?: string;
  /** Has the focus when its dialog opens. */
  readonly isFirst?: boolean;
}

export function Button({
  children,
  onClick,
  kind = 'plain',
  icon,
  busy = false,
  whyNot = null,
  type = 'button',
  label,
  isFirst = false,
}: ButtonProps) {
  const isShut = whyNot !== null || busy;
  return (
    <button
      // oxlint-disable-next-line react/button-has-type -- one of two literals
      type={type}
      className="button"
      data-kind={kind}
      aria-disabled={isShut || undefined}
      aria-busy={busy || undefined}
      aria-label={label}
      title={whyNot ?? label}
      data-first={isFirst || undefined}
      onClick={(event) => {
        if (isShut) event.preventDefault();
        else onClick?.();
      }}
    >
      {busy ? <span className="spinner" aria-hidden="true" /> : icon !== undefined && <Icon name={icon} />}
      <span className="button-text">{children}</span>
      {whyNot !== null && <span className="hidden-text">. {whyNot}</span>}
    </button>
  );
}
