import { Link, useNavigate, useRouterState } from '@tanstack/react-router';
import { useState } from 'react';
import { Dialog } from '../kit/dialog.tsx';
import { Icon } from '../kit/icons.tsx';
import { Logo } from './logo.tsx';
import { ofAll, ofEnvironment, type PageEntry } from './pages.ts';
import { usePlace } from './place.ts';
import { ThemeSwitch } from './theme-switch.tsx';
import { Who } from './who.tsx';

/** The rail of a wide window. */
export function Rail() {
  const { system } = usePlace();
  return (
    <header className="rail">
      <Link to="/" className="brand">
        <Logo />
        <span>
          Fairway<small>{system || '\u00a0'}</small>
        </span>
      </Link>
      <EnvironmentChoice />
      <nav className="nav" aria-label="Pages">
        <PageList entries={ofEnvironment} />
        <h2>Everywhere</h2>
        <PageList entries={ofAll} />
      </nav>
      <div className="rail-foot">
        <Who />
        <ThemeSwitch />
      </div>
    </header>
  );
}

/** The same for a phone: above the environment, below the four main pages and the rest. */
export function TopBar() {
  const { system } = usePlace();
  return (
    <header className="top-bar">
      <Link to="/" className="brand">
        <Logo />
        <span>{system || 'Fairway'}</span>
      </Link>
      <EnvironmentChoice />
    </header>
  );
}

export function BottomBar() {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <nav className="bottom-bar" aria-label="Pages">
      <ul>
        {ofEnvironment
          .filter(({ isMain }) => isMain === true)
          .map((entry) => (
            <li key={entry.path}>
              <PageLink entry={entry} />
            </li>
          ))}
        <li>
          <button type="button" onClick={() => setOpen(true)} aria-haspopup="dialog">
            <Icon name="more" />
            More
          </button>
        </li>
      </ul>
      {isOpen && (
        <Dialog title="More" onClose={close}>
          <ul className="more-list">
            {[...ofEnvironment.filter(({ isMain }) => isMain !== true), ...ofAll].map((entry) => (
              <li key={entry.path}>
                <PageLink entry={entry} onClick={close} />
              </li>
            ))}
          </ul>
          <Who />
          <ThemeSwitch />
        </Dialog>
      )}
    </nav>
  );
}

function PageList({ entries }: { readonly entries: readonly PageEntry[] }) {
  return (
    <ul>
      {entries.map((entry) => (
        <li key={entry.path}>
          <PageLink entry={entry} />
        </li>
      ))}
    </ul>
  );
}

function PageLink({ entry, onClick }: { readonly entry: PageEntry; readonly onClick?: () => void }) {
  const { environment } = usePlace();
  return (
    <Link
      to={entry.path}
      params={{ environment: environment || '-' }}
      activeOptions={{ includeSearch: false }}
      aria-keyshortcuts={`g ${entry.key}`}
      {...(onClick === undefined ? {} : { onClick })}
    >
      <Icon name={entry.icon} />
      {entry.name}
    </Link>
  );
}

/** Goes to the same page of another environment. */
function EnvironmentChoice() {
  const { environment, environments } = usePlace();
  const navigate = useNavigate();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const page = path.split('/')[2];
  return (
    <label className="environment">
      <span className="hidden-text">Environment</span>
      <select
        value={environment}
        onChange={({ target }) => {
          const entry = ofEnvironment.find(({ path: each }) => each.endsWith(`/${page ?? ''}`));
          void navigate({
            to: entry?.path ?? '/$environment/release',
            params: { environment: target.value },
          });
        }}
      >
        {(environments.includes(environment) ? environments : [environment, ...environments]).map((each) => (
          <option key={each} value={each}>
            {each || '…'}
          </option>
        ))}
      </select>
    </label>
  );
}
