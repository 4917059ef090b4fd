import type { ReactNode } from 'react';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'quiet' | 'stable' | 'canary';

/** Each tone has a shape of its own, so that nothing is told by colour alone. */
const shapes: Readonly<Record<Tone, ReactNode>> = {
  good: <path d="M2 6.5 5 9.5 10 3" />,
  bad: <path d="M2.5 2.500l7 7M9.5 2.500l-7 7" />,
  warn: <path d="M6 1.5 11 10.500H1zM6 5v2.500M6 9h.01" />,
  busy: <path d="M6 1.500A4.5 4.5 0 1 1 1.5 6" />,
  quiet: <circle cx="6" cy="6" r="3.5" />,
  stable: <rect x="2" y="2" width="8" height="8" rx="1.5" className="filled" />,
  canary: <path d="M6 1 11 6 6 11 1 6z" className="filled" />,
};

interface StateProps {
  readonly tone: Tone;
  readonly children: ReactNode;
}

/** A sign and a word: `<State tone="good">ready</State>`. */
export function State({ tone, children }: StateProps) {
  return (
    <span className="state" data-tone={tone}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {shapes[tone]}
      </svg>
      <span>{children}</span>
    </span>
  );
}

/** The same with a quiet ground, where it stands alone among other text. */
export function Badge({ tone, children }: StateProps) {
  return (
    <span className="badge" data-tone={tone}>
      <State tone={tone}>{children}</State>
    </span>
  );
}
