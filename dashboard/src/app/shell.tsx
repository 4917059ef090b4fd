import { Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, useEffect, useRef } from 'react';
import { isLoggedOut, useAnswer, useEnvironment, useEvents } from '../data/index.ts';
import { Announcer, Skeleton, Trouble } from '../kit/index.ts';
import { AwayBanner } from './away.tsx';
import { Keys } from './keys.tsx';
import { Login } from './login.tsx';
import { BottomBar, Rail, TopBar } from './navigation.tsx';
import { usePlace } from './place.ts';

/** What is around every page. Whoever is not logged in sees the way in instead. */
export function Shell() {
  const access = useAnswer('GET /v1/access', {}, { every: 60_000 });
  if (isLoggedOut(access.error)) return <Login />;
  return (
    <>
      <a className="skip" href="#main">
        To the page
      </a>
      <div className="shell">
        <AwayBanner />
        <Rail />
        <TopBar />
        <Main />
        <BottomBar />
      </div>
      <Keys />
      <Announcer />
    </>
  );
}

function Main() {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    // A reader hears where it has come to; without this, focus stays on a link of the page before.
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);
  const { environment } = usePlace();
  const named = useEnvironment();
  return (
    <main className="main" id="main" ref={main} tabIndex={-1}>
      {environment !== '' && <Journal key={environment} environment={environment} />}
      {/* What was chosen, picked or begun on a page belongs to its environment: another one begins anew. */}
      <Suspense key={named} fallback={<Skeleton lines={8} />}>
        <Outlet />
      </Suspense>
    </main>
  );
}

/** Keeps what is shown fresh, on every page. */
function Journal({ environment }: { readonly environment: string }) {
  useEvents(environment);
  return null;
}

export function PageTrouble({ error, reset }: { readonly error: unknown; readonly reset: () => void }) {
  return <Trouble reason={error} retry={reset} />;
}
