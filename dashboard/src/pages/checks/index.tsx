import { useState } from 'react';
import { type CheckView, timeSpan } from '#api/browser';
import { call, refresh, useAccess, useAnswer, useEnvironment } from '../../data/index.ts';
import {
  announce,
  Answer,
  Button,
  CodeLine,
  type Column,
  count,
  Empty,
  millisText,
  PageHead,
  quoted,
  Section,
  State,
  Table,
  Time,
  Trouble,
} from '../../kit/index.ts';
import './checks.css';

const columns: readonly Column<CheckView>[] = [
  {
    name: 'Check',
    cell: ({ name, about }) => (
      <div className="checks-name">
        <span>{name}</span>
        <code>{about}</code>
      </div>
    ),
  },
  { name: 'Last result', wide: true, cell: ({ last }) => <Last last={last} /> },
  {
    name: 'When',
    cell: ({ last }) => <span className="checks-short">{last === null ? '–' : <Time at={last.at} />}</span>,
  },
  {
    name: 'Took',
    cell: ({ last, timeout }) => (
      <span title={`given up after ${millisText(timeout)}`}>
        {last === null || last.took === null ? '–' : millisText(last.took)}
      </span>
    ),
    figures: true,
  },
  {
    name: 'Runs',
    cell: ({ every }) => (
      <span className="checks-short">{every === null ? 'when asked' : `every ${timeSpan(every)}`}</span>
    ),
  },
  {
    name: 'Gates releases',
    cell: ({ gates }) =>
      gates ? <b className="checks-gates">yes</b> : <span className="checks-no">no</span>,
  },
];

export function Page() {
  const environment = useEnvironment();
  const checks = useAnswer(
    'GET /v1/environments/{environment}/checks',
    { params: { environment } },
    { every: 15_000 },
  );
  const run = useRunning(environment);
  const { whyNot } = useAccess();
  return (
    <div className="page">
      <PageHead
        title="Checks"
        actions={
          <Button
            kind="main"
            icon="play"
            busy={run.busy}
            whyNot={whyNot('deploy') ?? (checks.data?.length === 0 ? 'No check is declared.' : null)}
            onClick={() => void run.go()}
          >
            {run.busy ? 'Running all checks' : 'Run all now'}
          </Button>
        }
      >
        {checks.data === undefined ? 'What is tried against the running system.' : standing(checks.data)}
      </PageHead>
      {run.reason !== null && <Trouble reason={run.reason} retry={() => void run.go()} />}
      <Section
        title="Declared checks"
        about="They run against what serves now. A check that gates is also asked while a release is under way: red takes it back."
      >
        <Answer of={checks} lines={8}>
          {(all) =>
            all.length === 0 ? (
              <Empty title="No check is declared here.">
                <p>
                  Declare what has to work under <code>checks</code> in fairway.config.ts, such as a login or
                  an order. Name it under <code>release.gate.checks</code>, and releases wait for it.
                </p>
              </Empty>
            ) : (
              <Table
                caption="Declared checks"
                columns={columns}
                rows={sorted(all)}
                keyOf={({ name }) => name}
              />
            )
          }
        </Answer>
      </Section>
      <div className="checks-line">
        <span className="hint">The same in a terminal</span>
        <CodeLine>{`fairway probe --env ${quoted(environment)}`}</CodeLine>
      </div>
    </div>
  );
}

function useRunning(environment: string) {
  const [{ busy, reason }, set] = useState<{ busy: boolean; reason: unknown }>({ busy: false, reason: null });
  const go = async () => {
    set({ busy: true, reason: null });
    try {
      const said = await call('POST /v1/environments/{environment}/probe', { params: { environment } });
      const green = said.filter((each) => each.green === true).length;
      announce(`${green} of ${said.length} checks are green.`);
      set({ busy: false, reason: null });
    } catch (failed) {
      set({ busy: false, reason: failed });
    }
    refresh(environment);
  };
  return { busy, reason, go };
}

function Last({ last }: Pick<CheckView, 'last'>) {
  if (last === null) return <State tone="quiet">not run yet</State>;
  const tone = last.green === true ? 'good' : last.green === false ? 'bad' : 'warn';
  const word = last.green === true ? 'green' : last.green === false ? 'red' : 'no answer';
  return (
    <div className="checks-last">
      <State tone={tone}>{word}</State>
      {last.detail !== '' && <span>{last.detail}</span>}
    </div>
  );
}

function standing(all: readonly CheckView[]): string {
  if (all.length === 0) return 'Nothing is checked here yet.';
  const run = all.flatMap(({ last }) => (last === null ? [] : [last]));
  if (run.length === 0) return 'None of them has run since the control plane was started.';
  const bad = run.filter(({ green }) => green !== true).length;
  const missing = all.length - run.length;
  const rest = missing === 0 ? '' : ` ${count(missing)} ${missing === 1 ? 'has' : 'have'} not run yet.`;
  const good =
    missing === 0 ? `All ${count(all.length)} checks are green.` : `${count(run.length)} are green.`;
  return bad === 0
    ? `${good}${rest}`
    : `${count(bad)} of ${count(all.length)} checks ${bad === 1 ? 'is' : 'are'} not green.${rest}`;
}

/** What is not green first; otherwise as declared. */
const sorted = (all: readonly CheckView[]) => all.toSorted((a, b) => rank(a) - rank(b));
const rank = ({ last }: CheckView) =>
  last === null ? 2 : last.green === false ? 0 : last.green === null ? 1 : 3;
