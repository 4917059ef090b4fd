import { useState } from 'react';
import type { NewTokenView, Role } from '#api/browser';
import { call } from '../../data/index.ts';
import { Confirm, Field, quoted, Select } from '../../kit/index.ts';

const roles: readonly (readonly [Role, string])[] = [
  ['viewer', 'viewer: looks'],
  ['deployer', 'deployer: looks and releases'],
  ['approver', 'approver: looks and agrees to releases'],
  ['admin', 'admin: everything'],
];

const times = [
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'a year'],
  ['never', 'until it is revoked'],
] as const;

interface NewTokenProps {
  readonly onMade: (token: NewTokenView) => void;
  readonly onClose: () => void;
}

/** Asks whom a token is for, and what it may. */
export function NewToken({ onMade, onClose }: NewTokenProps) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState<(typeof times)[number][0]>('90');
  const [as, setAs] = useState('');
  const named = role === 'approver' ? namesIn(as) : [];
  const isName = /^[a-z][a-z0-9-]{0,62}$/.test(name);
  const end = days === 'never' ? '--no-end' : `--days ${days}`;
  return (
    <Confirm
      title="Make a token"
      consequence={<p>Whoever has it may do what its role allows, under its name in the journal.</p>}
      line={() =>
        `fairway token create ${name === '' ? 'NAME' : quoted(name)} ${['--role', role, ...named.flatMap((each) => ['--approves', quoted(each)]), end].join(' ')}`
      }
      action="Make it"
      note={false}
      whyNot={isName ? null : 'It needs a name: lower-case letters, digits and hyphens.'}
      run={async () => {
        const approves = named.length === 0 ? null : [...named];
        const asked = { name, role, approves, days: days === 'never' ? null : Number(days) };
        onMade(await call('POST /v1/access/tokens', { body: asked }));
      }}
      onClose={onClose}
    >
      <Field
        label="Name"
        value={name}
        onChange={setName}
        required
        maxLength={63}
        autoComplete="off"
        hint="Who or what uses it, such as maria or ci: lower-case letters, digits and hyphens."
      />
      <Select label="Role" value={role} options={roles} onChange={setRole} />
      {role === 'approver' && (
        <Field
          label="Agrees as"
          value={as}
          onChange={setAs}
          maxLength={500}
          autoComplete="off"
          hint="The roles that releases wait for, with commas between, such as risk-manager. Empty: every role."
        />
      )}
      <Select label="Good for" value={days} options={times} onChange={setDays} />
    </Confirm>
  );
}

const namesIn = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
