import { useState } from 'react';
import type { NewTokenView, TokenView } from '#api/browser';
import { call, queries, useAnswer } from '../../data/index.ts';
import {
  announce,
  Answer,
  Button,
  CodeLine,
  type Column,
  Confirm,
  Dialog,
  Empty,
  quoted,
  Section,
  State,
  Switch,
  Table,
  Time,
} from '../../kit/index.ts';
import { NewToken } from './new-token.tsx';

const ask = () => queries.invalidateQueries({ queryKey: ['GET /v1/access/tokens'] });

/** All tokens, for admins: those that are good first. */
export function Tokens() {
  const tokens = useAnswer('GET /v1/access/tokens', {}, { every: 60_000 });
  const [showsOld, setShowsOld] = useState(false);
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<NewTokenView | null>(null);
  const [revoking, setRevoking] = useState<TokenView | null>(null);
  const old = tokens.data?.filter(({ state }) => state !== 'good').length ?? 0;
  return (
    <Section
      title="Tokens"
      about="One for each person and each program, with the least that it needs."
      actions={
        <>
          {old > 0 && (
            <Switch label={`Ended and revoked (${old})`} checked={showsOld} onChange={setShowsOld} />
          )}
          <Button kind="main" onClick={() => setMaking(true)}>
            Make a token
          </Button>
        </>
      }
    >
      <Answer of={tokens} lines={6}>
        {(all) => {
          const rows = all.filter(({ state }) => showsOld || state === 'good');
          return rows.length === 0 ? (
            <Empty title="No token is good now.">
              <p>Make one for each person or program that should come in without a link.</p>
            </Empty>
          ) : (
            <Table caption="Tokens" columns={columnsOf(setRevoking)} rows={rows} keyOf={({ id }) => id} />
          );
        }}
      </Answer>
      {isMaking && (
        <NewToken
          onMade={(token) => {
            setMade(token);
            void ask();
          }}
          onClose={() => setMaking(false)}
        />
      )}
      {made !== null && <Shown made={made} onClose={() => setMade(null)} />}
      {revoking !== null && <Revoke token={revoking} onClose={() => setRevoking(null)} />}
    </Section>
  );
}

const columnsOf = (revoke: (token: TokenView) => void): readonly Column<TokenView>[] => [
  { name: 'Name', cell: ({ name }) => <span className="access-name">{name}</span>, wide: true },
  {
    name: 'Role',
    cell: ({ role, approves }) => (approves === null ? role : `${role} as ${approves.join(', ')}`),
  },
  { name: 'State', cell: (token) => <Standing {...token} /> },
  { name: 'Used', cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : <Time at={lastUsedAt} />) },
  {
    name: 'Made',
    cell: ({ createdAt, by }) => (
      <>
        <Time at={createdAt} /> by {by}
      </>
    ),
  },
  {
    name: 'Revoke',
    cell: (token) =>
      token.state === 'good' ? (
        <span className="access-revoke">
          <Button kind="quiet" label={`Revoke ${token.name}`} onClick={() => revoke(token)}>
            Revoke
          </Button>
        </span>
      ) : (
        '–'
      ),
  },
];

function Standing({ state, until }: TokenView) {
  if (state === 'revoked') return <State tone="bad">revoked</State>;
  if (state === 'ended') return <State tone="quiet">ended</State>;
  if (until === null) return <State tone="good">until revoked</State>;
  return (
    <State tone="good">
      ends <Time at={until} />
    </State>
  );
}

/** The only time that the secret can be seen. */
function Shown({ made, onClose }: { readonly made: NewTokenView; readonly onClose: () => void }) {
  return (
    <Dialog title={`The token for ${made.name}`} onClose={onClose}>
      <p>Copy it now: it is shown this once, and only its hash is kept.</p>
      <CodeLine label="Copy the token">{made.token}</CodeLine>
      <p className="hint">
        A person logs in with it on the dashboard’s first page. A program sends it with each request, as
        <code> Authorization: Bearer</code>, and keeps it where it keeps its secrets.
      </p>
      <div className="dialog-actions">
        <Button onClick={onClose}>I have it</Button>
      </div>
    </Dialog>
  );
}

function Revoke({ token, onClose }: { readonly token: TokenView; readonly onClose: () => void }) {
  return (
    <Confirm
      title={`Revoke ${token.name}?`}
      consequence={
        <>
          <p>Whoever uses it is out at once, browsers that logged in with it too.</p>
          <p>It cannot be made good again; a new token takes its place.</p>
        </>
      }
      line={() => `fairway token revoke ${quoted(token.name)}`}
      action="Revoke it"
      danger
      note={false}
      run={async () => {
        await call('DELETE /v1/access/tokens/{id}', { params: { id: token.id } });
        announce(`The token ${token.name} is revoked.`);
        await ask();
      }}
      onClose={onClose}
    />
  );
}
