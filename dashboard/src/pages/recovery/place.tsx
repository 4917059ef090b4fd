import type { RecoveryView } from '#api/browser';
import { CodeLine, Section, State } from '../../kit/index.ts';

/** Where copies lie, and what opens them: without the key all of it is worth nothing. */
export function Place({ of: { place, isOffSite, keyFile, recipient } }: { readonly of: RecoveryView }) {
  return (
    <Section title="Place and key">
      <div className="stack">
        <div className="recovery-place">
          <State tone={isOffSite ? 'good' : 'warn'}>
            {isOffSite ? 'away from this machine' : 'on this machine'}
          </State>
          <code className="recovery-id">{place}</code>
          {!isOffSite && (
            <p>
              If this machine’s disk is lost, the copies are lost with it. Declare a bucket elsewhere under{' '}
              <code>backup.to</code>.
            </p>
          )}
        </div>
        <div className="recovery-place">
          <h3>The key that opens the copies</h3>
          <code className="recovery-id">{keyFile}</code>
          <p>
            Keep a second copy of this file somewhere safe, such as a password manager: it lies on the machine
            that may be lost.
          </p>
        </div>
        <div className="recovery-place">
          <h3>Encrypted for</h3>
          <CodeLine label="Copy the public key">{recipient}</CodeLine>
        </div>
      </div>
    </Section>
  );
}
