import { ask, element, find, onSubmit, toast, when } from './api.js';

const card = find('#sign-in');
let isNew = false;

/** Signing in, by password, by a second factor, or elsewhere. Calls `entered` when somebody is in. */
export function startSignIn(entered) {
  const credentials = find('#credentials');
  const factor = find('#factor');

  onSubmit(credentials, async (data) => {
    const { name, email, password } = Object.fromEntries(data);
    const answer = isNew
      ? await ask('POST', '/api/auth/sign-up/email', { email, password, name: name || email.split('@')[0] })
      : await ask('POST', '/api/auth/sign-in/email', { email, password });
    if (answer.twoFactorRedirect !== true) return entered();
    credentials.hidden = true;
    find('#other-ways').hidden = true;
    factor.hidden = false;
    factor.elements.code.focus();
  });
  onSubmit(factor, async (data) => {
    const code = data.get('code').trim();
    const way = /^\d{6}$/.test(code) ? 'verify-totp' : 'verify-backup-code';
    await ask('POST', `/api/auth/two-factor/${way}`, { code });
    await entered();
  });
  for (const button of card.querySelectorAll('[data-provider]'))
    button.addEventListener('click', async () => {
      const { url } = await ask('POST', '/api/auth/sign-in/social', {
        provider: button.dataset.provider,
        callbackURL: '/',
      });
      location.assign(url);
    });
  find('#switch').addEventListener('click', () => show(!isNew));
  show(false);
}

function show(asNew) {
  isNew = asNew;
  const title = isNew ? 'Create an account' : 'Sign in';
  find('#sign-in-title').textContent = title;
  find('#enter').textContent = title;
  find('.only-new', card).hidden = !isNew;
  find('.switch span').textContent = isNew ? 'You have one?' : 'New here?';
  find('#switch').textContent = isNew ? 'Sign in' : 'Create an account';
  find('#credentials').elements.password.autocomplete = isNew ? 'new-password' : 'current-password';
}

/** What is the user's own: messages, keys of his broker, his data. */
export function startAccount(left) {
  const dialog = find('#account');
  find('#open-account').addEventListener('click', async () => {
    dialog.showModal();
    const { brokers } = await ask('GET', '/api/broker');
    find('#brokers').textContent =
      brokers.length === 0
        ? 'You trade on paper. With keys of your own, orders go to your account there.'
        : brokers.map(({ broker, lastFour }) => `Connected to ${broker}, key …${lastFour}`).join('; ');
  });
  onSubmit(find('#broker'), async (data) => {
    const { lastFour } = await ask('PUT', '/api/broker', { broker: 'alpaca', ...Object.fromEntries(data) });
    find('#broker').reset();
    find('#brokers').textContent = `Connected to alpaca, key …${lastFour}`;
  });
  find('#sign-out').addEventListener('click', async () => {
    await ask('POST', '/api/auth/sign-out', {});
    left();
  });
  find('#delete').addEventListener('click', async () => {
    if (!confirm('Delete your account and everything in it? This cannot be undone.')) return;
    await ask('DELETE', '/api/me').then(left, (failure) => toast('Not deleted', failure.message));
  });
  find('#open-messages').addEventListener('click', async () => {
    find('#messages').showModal();
    const unread = await refreshMessages();
    await Promise.all(unread.map(({ id }) => ask('POST', `/api/notifications/${id}/read`)));
    find('#unread').hidden = true;
  });
}

/** Shows the messages and how many are new; resolves to those. */
export async function refreshMessages() {
  const { notifications } = await ask('GET', '/api/notifications');
  const unread = notifications.filter(({ readAt }) => readAt === null);
  find('#unread').hidden = unread.length === 0;
  find('#unread').textContent = String(unread.length);
  find('#messages ul').replaceChildren(
    ...notifications.map(({ title, body, createdAt }) =>
      element(
        'li',
        {},
        element('b', {}, title),
        element('span', {}, body),
        element('time', {}, when(createdAt)),
      ),
    ),
  );
  find('#messages .empty').hidden = notifications.length > 0;
  return unread;
}
