import type { FlagView } from '#api/browser';
import { useAnswer, useEnvironment } from '../../data/index.ts';
import {
  Answer,
  CodeLine,
  type Column,
  Empty,
  PageHead,
  quoted,
  Section,
  State,
  Table,
} from '../../kit/index.ts';
import './flags.css';

const kinds: Readonly<Record<FlagView['kind'], string>> = {
  boolean: 'on or off',
  string: 'text',
  number: 'number',
};

const columns: readonly Column<FlagView>[] = [
  { name: 'Flag', cell: ({ name }) => <code>{name}</code>, wide: true },
  { name: 'Value', cell: (flag) => <Value {...flag} /> },
  { name: 'Kind', cell: ({ kind }) => kinds[kind] },
  { name: 'Seen by services as', cell: ({ name }) => <code>{variableOf(name)}</code> },
];

export function Page() {
  const environment = useEnvironment();
  const flags = useAnswer('GET /v1/environments/{environment}/flags', { params: { environment } });
  return (
    <div className="page">
      <PageHead title="Flags">
        What the system decides while it runs, with the values declared for {environment}.
      </PageHead>
      <Section title="Declared flags">
        <Answer of={flags} lines={6}>
          {(all) =>
            all.length === 0 ? (
              <Empty title="No flag is declared here.">
                <p>
                  Declare one under <code>flags</code> in fairway.config.ts; services find it with the kit’s
                  flags.
                </p>
              </Empty>
            ) : (
              <Table caption="Declared flags" columns={columns} rows={all} keyOf={({ name }) => name} />
            )
          }
        </Answer>
      </Section>
      <Section title="Changing a flag">
        <ol className="flags-steps">
          <li>
            <span>
              Change its value under <code>flags</code> in fairway.config.ts, for all environments or only for{' '}
              {environment}.
            </span>
          </li>
          <li>
            <span>See what it would change.</span>
            <CodeLine>{`fairway plan --env ${quoted(environment)}`}</CodeLine>
          </li>
          <li>
            <span>Release it. It goes out like any other change: in steps, watched, with a way back.</span>
            <CodeLine>{`fairway release --env ${quoted(environment)} --note 'why the flag changes'`}</CodeLine>
          </li>
        </ol>
        <p className="hint">Flags are read here; they cannot be changed from this page yet.</p>
      </Section>
    </div>
  );
}

function Value({ kind, value }: FlagView) {
  if (kind === 'boolean')
    return <State tone={value === true ? 'good' : 'quiet'}>{value === true ? 'on' : 'off'}</State>;
  return <code className="flags-value">{value === '' ? '(empty)' : String(value)}</code>;
}

/** As the environment of a process names it. */
const variableOf = (flag: string) => `FLAG_${flag.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}`;
