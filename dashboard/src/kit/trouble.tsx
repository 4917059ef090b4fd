import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { inWords } from '../data/answers.ts';
import { Button } from './button.tsx';

interface TroubleProps {
  readonly reason: unknown;
  readonly retry?: () => void;
}

/** A failure: what happened, what to do. */
export function Trouble({ reason, retry }: TroubleProps) {
  const { sentence, hint } = inWords(reason);
  return (
    <div className="trouble" role="alert">
      <p className="trouble-sentence">{sentence}</p>
      {hint !== '' && <p>{hint}</p>}
      {retry !== undefined && <Button onClick={retry}>Ask again</Button>}
    </div>
  );
}

interface EmptyProps {
  readonly title: string;
  /** What would be here, and how it gets here. */
  readonly children?: ReactNode;
}

export function Empty({ title, children }: EmptyProps) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}

/** Holds the room of what is still being asked, in lines of text, so that nothing jumps. */
export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  return (
    <div className="skeleton" aria-hidden="true">
      {Array.from({ length: lines }, (_, at) => (
        <span key={at} data-short={at % 3 === 2 || undefined} />
      ))}
    </div>
  );
}

interface AnswerProps<T> {
  readonly of: UseQueryResult<T>;
  readonly children: (answer: T) => ReactNode;
  /** How many lines it will take, about. */
  readonly lines?: number;
}

/** What was answered; until then its room, and instead of it what went wrong. What is old stays while nobody answers. */
export function Answer<T>({ of, children, lines = 5 }: AnswerProps<T>) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.isError) return <Trouble reason={of.error} retry={() => void of.refetch()} />;
  return (
    <div aria-busy="true">
      <Skeleton lines={lines} />
      <span className="hidden-text">One moment.</span>
    </div>
  );
}
