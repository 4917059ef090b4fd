import { bytesText, Facts } from '../../kit/index.ts';
import type { ServicePart } from './parts.ts';

const exposures = {
  public: 'public: reached from outside',
  vpn: 'vpn: reached through the VPN',
  private: 'private: reached by other services only',
  none: 'none: answers nobody',
} as const;

/** A service as it is declared. Secrets are named and never shown. */
export function Configuration({ part: { declared } }: { readonly part: ServicePart }) {
  const { command, folder, exposure, replicas, memoryBytes, cpu, consumes, probes, strategy, variables } =
    declared;
  return (
    <div className="stack">
      <Facts
        of={[
          ['command', <code key="command">{command}</code>],
          ['folder', <code key="folder">{folder}</code>],
          ['exposure', exposures[exposure]],
          ['replicas', String(replicas)],
          ['memory', memoryBytes === null ? 'no limit' : bytesText(memoryBytes)],
          ['CPU', cpu === null ? 'no limit' : `${cpu} ${cpu === 1 ? 'core' : 'cores'}`],
          ['jobs', consumes ? 'takes jobs, and can be paused' : 'takes none'],
          ['strategy', strategy],
          ...probes.map(({ name, path }) => [`probe ${name}`, <code key={name}>{path}</code>] as const),
        ]}
      />
      <div className="stack">
        <h3>Variables</h3>
        {variables.length === 0 ? (
          <p className="hint">None are declared.</p>
        ) : (
          <dl className="system-variables">
            {variables.map(({ name, value, secret }) => (
              <div key={name}>
                <dt>
                  <code>{name}</code>
                </dt>
                <dd>{secret === null ? <code>{value}</code> : `the secret ${secret}`}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </div>
  );
}
