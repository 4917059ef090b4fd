import { useEffect, useState } from 'react';
import { call, queries } from '../data/index.ts';
import { Button, CodeLine, Field, Trouble } from '../kit/index.ts';
import { Logo } from './logo.tsx';

/** Shown instead of every page while nobody is logged in. */
export function Login() {
  const [token, setToken] = useState('');
  const [state, setState] = useState<{ readonly busy: boolean; readonly reason: unknown }>({
    busy: false,
    reason: codeRefused,
  });
  useEffect(() => {
    document.title = 'Log in · Fairway';
  }, []);
  const logIn = async () => {
    setState({ busy: true, reason: null });
    try {
      await call('POST /v1/access/session', { body: { token: token.trim() } });
      await queries.invalidateQueries();
    } catch (reason) {
      setState({ busy: false, reason });
    }
  };
  return (
    <main className="login">
      <div>
        <Logo />
        <div>
          <h1>Log in</h1>
          <p className="lead">
            On the machine of the control plane, this line prints a link that opens the dashboard:
          </p>
        </div>
        <CodeLine>fairway dashboard</CodeLine>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (!state.busy && token.trim() !== '') void logIn();
          }}
        >
          <Field
            label="Or your token"
            type="password"
            autoComplete="current-password"
            value={token}
            onChange={setToken}
            required
            hint="An admin makes one with “fairway token create”, or on the Access page."
          />
          {state.reason !== null && <Trouble reason={state.reason} />}
          <Button type="submit" kind="main" busy={state.busy}>
            Log in
          </Button>
        </form>
      </div>
    </main>
  );
}

/** Why the code of the link that was opened was not taken: it may be used up, or too old. */
let codeRefused: unknown = null;

/**
 * The code of a one-time link stands behind `#`, so that no server log holds it. It is taken out of the address first,
 * then exchanged for a session: a page that is loaded again must not try it a second time.
 */
export async function takeUpCode(): Promise<void> {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code === null) return;
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  await call('POST /v1/access/session', { body: { code } }).catch((reason: unknown) => {
    codeRefused = reason;
  });
}
