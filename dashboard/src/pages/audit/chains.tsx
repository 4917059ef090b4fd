import { useState } from 'react';
import type { AnswerOf } from '#api/browser';
import { call } from '../../data/index.ts';
import { Button, count, State, Trouble } from '../../kit/index.ts';

type Chains = AnswerOf<'GET /v1/audit/chains'>;
type Checked =
  | { readonly is: 'no' | 'under way' }
  | { readonly is: 'done'; readonly chains: Chains }
  | { readonly is: 'failed'; readonly reason: unknown };

/** Follows every chain from its beginning, on the control plane: a long journal takes it some seconds. */
export function Chains() {
  const [checked, setChecked] = useState<Checked>({ is: 'no' });
  const check = () => {
    setChecked({ is: 'under way' });
    call('GET /v1/audit/chains', {}).then(
      (chains) => setChecked({ is: 'done', chains }),
      (reason: unknown) => setChecked({ is: 'failed', reason }),
    );
  };
  return (
    <div className="stack">
      <div className="actions">
        <Button whyNot={checked.is === 'under way' ? 'It is being checked.' : null} onClick={check}>
          Check every chain now
        </Button>
      </div>
      <div role="status">
        {checked.is === 'done' && <Found chains={checked.chains} />}
        {checked.is === 'failed' && <Trouble reason={checked.reason} />}
      </div>
    </div>
  );
}

function Found({ chains }: { readonly chains: Chains }) {
  const changed = chains.filter(({ misfit }) => misfit !== null);
  const entries = chains.reduce((sum, chain) => sum + chain.entries, 0);
  if (changed.length === 0)
    return (
      <State tone="good">
        {entries === 1
          ? 'The one entry fits its hash.'
          : `All ${count(entries)} entries of ${count(chains.length)} ${chains.length === 1 ? 'journal' : 'journals'} fit their hashes.`}
      </State>
    );
  return changed.map(({ name, misfit }) => (
    <p key={name}>
      <State tone="bad">
        Entry {misfit} of {name} is not what was written.
      </State>
    </p>
  ));
}
