import type { ReactNode } from 'react';
import type { Tone } from './state.tsx';

interface FigureProps {
  readonly label: string;
  /** null: not known; shown as a dash that is read out as "not known". */
  readonly value: string | null;
  readonly unit?: string;
  readonly tone?: Tone;
  readonly about?: ReactNode;
}

/** One number that is read from afar. */
export function Figure({ label, value, unit, tone, about }: FigureProps) {
  return (
    <div className="figure" data-tone={tone}>
      <span className="figure-label">{label}</span>
      <span className="figure-value">
        {value ?? (
          <>
            <span aria-hidden="true">–</span>
            <span className="hidden-text">not known</span>
          </>
        )}
        {unit !== undefined && value !== null && <span className="figure-unit"> {unit}</span>}
      </span>
      {about !== undefined && <span className="figure-about">{about}</span>}
    </div>
  );
}

export function Figures({ children }: { readonly children: ReactNode }) {
  return <div className="figures">{children}</div>;
}

interface BarProps {
  /** 0 to 1; null: not known, it only moves. */
  readonly share: number | null;
  /** Says in words what is shown. */
  readonly label: string;
  readonly tone?: Tone;
}

/** How far something is, or how full. */
export function Bar({ share, label, tone = 'quiet' }: BarProps) {
  const percent = share === null ? null : Math.round(Math.min(1, Math.max(0, share)) * 1_000) / 10;
  return (
    <div
      className="bar"
      data-tone={tone}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
      title={label}
    >
      <span data-unknown={percent === null || undefined} style={{ inlineSize: `${percent ?? 30}%` }} />
    </div>
  );
}
