import { call, queries, useAccess } from '../data/index.ts';
import { Button } from '../kit/index.ts';

/** Who I am here, and the way out. */
export function Who() {
  const { who } = useAccess();
  const leave = async () => {
    await call('DELETE /v1/access/session', {}).catch(() => null);
    queries.clear();
    location.assign('/');
  };
  return (
    <div className="who">
      <span>
        <b>{who?.name ?? '\u00a0'}</b>
        <small>{who?.role ?? '\u00a0'}</small>
      </span>
      {who?.via === 'session' && (
        <Button kind="quiet" icon="logOut" label="Log out" onClick={() => void leave()}>
          {''}
        </Button>
      )}
    </div>
  );
}
