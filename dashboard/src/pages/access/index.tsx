import { useState } from 'react';
import type { AccessView, AnswerOf, Permission } from '#api/browser';
import { call, inWords, useAccess } from '../../data/index.ts';
import {
  announce,
  Button,
  CodeLine,
  Countdown,
  Dialog,
  Facts,
  listText,
  PageHead,
  Section,
  Skeleton,
  Time,
  Trouble,
} from '../../kit/index.ts';
import { Roles } from './roles.tsx';
import { Tokens } from './tokens.tsx';
import './access.css';

export function Page() {
  const { who, may } = useAccess();
  return (
    <div className="page">
      <PageHead title="Access" actions={<LinkButton />}>
        Who may do what here, and how they come in.
      </PageHead>
      <div className="access-heads">
        <Section title="You">{who === null ? <Skeleton lines={5} /> : <You who={who} />}</Section>
        <Section title="Roles">
          <Roles mine={who?.role ?? null} />
        </Section>
      </div>
      {may('administer') ? (
        <Tokens />
      ) : (
        who !== null && (
          <Section title="Tokens">
            <p className="access-ask">
              Tokens are made and revoked by admins. Ask one of them if you need to do more than your role
              allows, or where this system runs type
            </p>
            <CodeLine>fairway token create NAME --role deployer</CodeLine>
          </Section>
        )
      )}
    </div>
  );
}

const deeds: Readonly<Record<Permission, string>> = {
  view: 'look at everything',
  deploy: 'release, roll back and run checks',
  approve: 'agree to releases',
  administer: 'manage access, data and this control plane',
};

const ways: Readonly<Record<AccessView['via'], string>> = {
  key: 'the key file of this machine',
  session: 'this browser, logged in',
  token: 'a token sent with each request',
};

function You({ who }: { readonly who: AccessView }) {
  return (
    <Facts
      of={[
        ['Name', who.name],
        ['Role', who.role],
        ...(who.approves === null ? [] : [['Agrees as', `${listText(who.approves)}.`] as const]),
        ['May', `${listText(who.permissions.map((each) => deeds[each]))}.`],
        ['In by', ways[who.via]],
        [
          'Ends',
          who.until === null ? (
            'not by itself'
          ) : (
            <>
              <Time at={who.until} as="day" />, <Time at={who.until} />
            </>
          ),
        ],
      ]}
    />
  );
}

/** A link is as good as who made it: it is shown, counted down, and good once. */
function LinkButton() {
  const { whyNot } = useAccess();
  const [link, setLink] = useState<AnswerOf<'POST /v1/access/links'> | null>(null);
  const [{ busy, reason }, set] = useState<{ busy: boolean; reason: unknown }>({ busy: false, reason: null });
  const make = async () => {
    set({ busy: true, reason: null });
    try {
      setLink(await call('POST /v1/access/links', { body: {} }));
      set({ busy: false, reason: null });
    } catch (failed) {
      announce(inWords(failed).sentence);
      set({ busy: false, reason: failed });
    }
  };
  return (
    <>
      <Button busy={busy} whyNot={whyNot('administer')} onClick={() => void make()}>
        Open in another browser
      </Button>
      {link !== null && (
        <Dialog title="A link for another browser" onClose={() => setLink(null)}>
          <p>
            It logs in as you, once, within <Countdown until={link.until} />. Send it to nobody else: make
            them a token instead.
          </p>
          <CodeLine label="Copy the link">{link.url}</CodeLine>
          <div className="dialog-actions">
            <Button onClick={() => setLink(null)}>Close</Button>
          </div>
        </Dialog>
      )}
      {reason !== null && (
        <Dialog title="There is no link" onClose={() => set({ busy: false, reason: null })}>
          <Trouble reason={reason} retry={() => void make()} />
        </Dialog>
      )}
    </>
  );
}
