import { type ReactNode, useEffect, useId } from 'react';

interface PageHeadProps {
  readonly title: string;
  /** One sentence that says how it stands. */
  readonly children?: ReactNode;
  /** Buttons, at the right. */
  readonly actions?: ReactNode;
}

/** The first thing on every page; its title is the document's too. */
export function PageHead({ title, children, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Fairway`;
  }, [title]);
  return (
    <header className="page-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {children !== undefined && <p className="lead">{children}</p>}
      </div>
      {actions !== undefined && <div className="actions">{actions}</div>}
    </header>
  );
}

interface SectionProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
  /** A sentence below the title. */
  readonly about?: ReactNode;
  /** Without a frame, for what has its own. */
  readonly bare?: boolean;
}

export function Section({ title, children, actions, about, bare = false }: SectionProps) {
  const id = useId();
  return (
    <section className="section" data-bare={bare || undefined} aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id}>{title}</h2>
        {actions !== undefined && <div className="actions">{actions}</div>}
      </div>
      {about !== undefined && <p className="about">{about}</p>}
      {children}
    </section>
  );
}

/** Names and values, in two columns: `<Facts of={[['revision', 'b2c4'], …]} />`. */
export function Facts({ of }: { readonly of: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
