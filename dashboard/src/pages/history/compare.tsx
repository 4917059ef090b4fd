import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import type { ComparisonView } from '#api/browser';
import { useAnswer } from '../../data/index.ts';
import { Answer, Button, Section, shortRevision, State } from '../../kit/index.ts';

interface CompareProps {
  readonly environment: string;
  readonly from: number;
  readonly to: number;
  readonly onClose: () => void;
}

/** Two releases side by side: what of each service is another in the later one. */
export function Compare({ environment, from, to, onClose }: CompareProps) {
  const comparison = useAnswer('GET /v1/environments/{environment}/compare', {
    params: { environment },
    query: { from, to },
  });
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // In braces: newer browsers answer a promise, which React would take for what ends the effect.
    box.current?.scrollIntoView({ block: 'nearest' });
    // The button that asked for it has gone: whoever uses the keyboard goes on from here.
    if (document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, [from, to]);
  return (
    <div ref={box} className="history-compare" tabIndex={-1}>
      <Section
        title={`Release ${from} compared with ${to}`}
        actions={
          <Button kind="quiet" icon="close" onClick={onClose}>
            Close
          </Button>
        }
      >
        <Answer of={comparison}>
          {(answer) => <Comparison environment={environment} comparison={answer} />}
        </Answer>
      </Section>
    </div>
  );
}

type Service = ComparisonView['services'][number];

const words: Readonly<Record<Service['change'], ReactNode>> = {
  added: <State tone="good">new</State>,
  removed: <State tone="warn">gone</State>,
  changed: <span className="hint">changed</span>,
  same: <span className="hint">the same</span>,
};

interface ComparisonProps {
  readonly environment: string;
  readonly comparison: ComparisonView;
}

function Comparison({ environment, comparison: { from, to, services } }: ComparisonProps) {
  const changed = services.filter(({ change }) => change !== 'same');
  const same = services.filter(({ change }) => change === 'same').map(({ name }) => name);
  return (
    <div className="stack">
      <div className="table-room">
        <table className="table history-beside">
          <caption className="hidden-text">
            What differs between release {from} and release {to}
          </caption>
          <thead>
            <tr>
              <th scope="col">Service</th>
              {[from, to].map((number) => (
                <th key={number} scope="col">
                  <Link to="/$environment/release/$number" params={{ environment, number: String(number) }}>
                    Release {number}
                  </Link>
                </th>
              ))}
              <th scope="col">What differs</th>
            </tr>
          </thead>
          <tbody>
            {changed.map((service) => (
              <Row key={service.name} service={service} from={from} to={to} />
            ))}
          </tbody>
        </table>
      </div>
      <p className="hint">
        {changed.length === 0 && 'Nothing differs. '}
        {same.length > 0 && `The same in both: ${same.join(', ')}.`}
      </p>
    </div>
  );
}

function Row({
  service,
  from,
  to,
}: {
  readonly service: Service;
  readonly from: number;
  readonly to: number;
}) {
  const { name, change, before, after, differences } = service;
  return (
    <tr>
      <th scope="row">
        <span className="history-two">
          {name}
          {words[change]}
        </span>
      </th>
      <td data-name={`Release ${from}`}>
        <Build of={before} />
      </td>
      <td data-name={`Release ${to}`}>
        <Build of={after} />
      </td>
      <td data-name="What differs">
        <ul className="history-differences">
          {differences.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </td>
    </tr>
  );
}

function Build({ of }: { readonly of: Service['before'] }) {
  if (of === null) return <span className="hint">not there</span>;
  return (
    <span className="history-two">
      <code>{shortRevision(of.revision)}</code>
      <span className="hint">
        build <code>{of.build}</code>
      </span>
    </span>
  );
}
