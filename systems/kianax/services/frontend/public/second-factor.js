import { ask, element, find, onSubmit } from './api.js';

const asking = find('#factor-password');
const proving = find('#factor-code');

/** A second factor of one's own: the key for the authenticator first, switched on only when a code of it was right. */
export function startSecondFactor() {
  find('#open-account').addEventListener('click', refresh);
  onSubmit(asking, async (data) => {
    const password = data.get('password');
    if (asking.dataset.on === 'true') await ask('POST', '/api/auth/two-factor/disable', { password });
    else show(await ask('POST', '/api/auth/two-factor/enable', { password }));
    asking.reset();
    if (proving.hidden) await refresh();
  });
  onSubmit(proving, async (data) => {
    await ask('POST', '/api/auth/two-factor/verify-totp', { code: data.get('code') });
    proving.reset();
    await refresh();
  });
}

async function refresh() {
  const { user } = await ask('GET', '/api/auth/get-session');
  const isOn = user.twoFactorEnabled === true;
  asking.dataset.on = String(isOn);
  asking.hidden = false;
  proving.hidden = true;
  find('#factor-state').textContent = isOn
    ? 'On: signing in asks for a code of your authenticator too.'
    : 'Off: your password alone lets you in.';
  find('button', asking).textContent = isOn ? 'Switch off' : 'Switch on';
}

function show({ totpURI, backupCodes }) {
  asking.hidden = true;
  proving.hidden = false;
  const key = new URL(totpURI).searchParams.get('secret') ?? '';
  find('#factor-key').replaceChildren(
    element('a', { href: totpURI }, 'Open your authenticator'),
    ' or enter this key: ',
    element('code', {}, key),
  );
  find('#factor-codes').textContent = backupCodes.join('  ');
  proving.elements.code.focus();
}
