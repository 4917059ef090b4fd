import { useState } from 'react';
import type { EnvironmentView } from '#api/browser';
import { useAnswer } from '../../data/index.ts';
import { Answer, Empty, PageHead, Section } from '../../kit/index.ts';
import { Builds } from './builds.tsx';
import { Card } from './card.tsx';
import { Down, Promote, Up } from './confirms.tsx';
import { Way } from './way.tsx';
import { summaryOf } from './words.ts';
import './environments.css';

/** What is being asked before it is done. */
type Asked =
  | { readonly what: 'promote'; readonly from: EnvironmentView; readonly to: EnvironmentView }
  | { readonly what: 'up' | 'down'; readonly of: EnvironmentView };

export function Page() {
  const environments = useAnswer('GET /v1/environments', {}, { every: 10_000 });
  return (
    <div className="page">
      <PageHead title="Environments">
        {environments.data === undefined
          ? 'What runs where, and what is ahead of what.'
          : summaryOf(environments.data)}
      </PageHead>
      <Answer of={environments} lines={14}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="No environment is declared.">
              <p>
                Declare one under "environments" in fairway.config.ts; it appears here when the file is saved.
              </p>
            </Empty>
          ) : (
            <All environments={all} />
          )
        }
      </Answer>
    </div>
  );
}

/** In the order of their declaration: a release goes from the left to the right. */
function All({ environments }: { readonly environments: readonly EnvironmentView[] }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  return (
    <>
      <ol className="environments-row">
        {environments.map((environment) => {
          const to = environments.find(({ name }) => name === environment.next);
          return (
            <li key={environment.name} className="environments-place">
              <Card
                environment={environment}
                onUp={() => setAsked({ what: 'up', of: environment })}
                onDown={() => setAsked({ what: 'down', of: environment })}
              />
              {to !== undefined && (
                <Way
                  from={environment}
                  to={to}
                  onPromote={() => setAsked({ what: 'promote', from: environment, to })}
                />
              )}
            </li>
          );
        })}
      </ol>
      <Section
        title="What runs where"
        about="The build of each service. Equal ids are equal programs; what the next environment has not got yet is marked."
      >
        <Builds environments={environments} />
      </Section>
      {asked?.what === 'promote' && <Promote from={asked.from} to={asked.to} onClose={close} />}
      {asked?.what === 'up' && <Up environment={asked.of} onClose={close} />}
      {asked?.what === 'down' && <Down environment={asked.of} onClose={close} />}
    </>
  );
}
