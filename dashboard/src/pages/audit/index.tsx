import { useNavigate, useSearch } from '@tanstack/react-router';
import type { AuditView } from '#api/browser';
import { useAnswer } from '../../data/index.ts';
import { Answer, count, Empty, PageHead, Section, Select } from '../../kit/index.ts';
import { Entries } from './entries.tsx';
import { Proof } from './proof.tsx';
import './audit.css';

const lengths = [
  ['200', 'the newest 200'],
  ['1000', 'the newest 1,000'],
] as const;

const everybody = '';

export function Page() {
  const { env, by, last, choose } = useFilter();
  const control = useAnswer('GET /v1/control', {});
  const audit = useAnswer(
    'GET /v1/audit',
    { query: { limit: Number(last), ...(env === '' ? {} : { environment: env }) } },
    { every: 15_000 },
  );
  const people = peopleOf(audit.data ?? [], by);
  return (
    <div className="page">
      <PageHead title="Audit">Who did what, to which environment, and why: the newest first.</PageHead>
      <div className="audit-filter">
        <Select
          label="Environment"
          value={env}
          options={[['', 'all'], ...(control.data?.environments ?? []).map((name) => [name, name] as const)]}
          onChange={(value) => choose({ env: value })}
        />
        <Select
          label="Who"
          value={by}
          options={[[everybody, 'everybody'], ...people.map((name) => [name, name] as const)]}
          onChange={(value) => choose({ by: value })}
        />
        <Select
          label="How many"
          value={last}
          options={lengths}
          onChange={(value) => choose({ last: value })}
        />
      </div>
      <Answer of={audit} lines={14}>
        {(all) => {
          const shown = by === everybody ? all : all.filter((entry) => entry.by === by);
          return (
            <>
              <Section title={titleOf(shown.length, all.length)}>
                {shown.length === 0 ? (
                  <Nothing isFiltered={env !== '' || by !== ''} />
                ) : (
                  <Entries of={shown} />
                )}
              </Section>
              <Proof of={all} />
            </>
          );
        }}
      </Answer>
    </div>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  return isFiltered ? (
    <Empty title="Nothing fits.">
      <p>Choose everybody or all environments to see more.</p>
    </Empty>
  ) : (
    <Empty title="Nothing has been done yet.">
      <p>The first “fairway up” stands here with the name of who typed it.</p>
    </Empty>
  );
}

const titleOf = (shown: number, all: number) =>
  shown === all
    ? `${count(all)} ${all === 1 ? 'entry' : 'entries'}`
    : `${count(shown)} of ${count(all)} entries`;

/** Everybody who did something, and whoever was chosen though nothing of theirs is among them now. */
function peopleOf(entries: readonly AuditView[], chosen: string): readonly string[] {
  const names = new Set(entries.map(({ by }) => by));
  if (chosen !== everybody) names.add(chosen);
  return [...names].toSorted((a, b) => a.localeCompare(b));
}

/** Kept in the address, so that what was found can be sent to somebody. */
function useFilter() {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const text = (name: string) => (typeof search[name] === 'string' ? search[name] : '');
  const last = String(search['last']) === '1000' ? ('1000' as const) : ('200' as const);
  const filter = { env: text('env'), by: text('by'), last };
  return {
    ...filter,
    choose: (change: Partial<typeof filter>) => {
      const next = { ...filter, ...change };
      const query = Object.entries(next).filter(
        ([name, value]) => value !== '' && `${name}${value}` !== 'last200',
      );
      void navigate({ to: '/audit', search: Object.fromEntries(query) as never, replace: true });
    },
  };
}
