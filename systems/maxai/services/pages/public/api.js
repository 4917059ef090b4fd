/** Asks the API; throws an Error with its sentence when it refuses. The session is a cookie that no script can read. */
export async function ask(path, { method = 'GET', body, key } = {}) {
  const headers = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (key !== undefined) headers['idempotency-key'] = key;
  const response = await fetch(`/api${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => null);
  if (response === null) throw new Error('The API does not answer. Is there a connection?');
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok) return answer;
  throw Object.assign(new Error(answer?.detail ?? `The API answered ${response.status}.`), {
    status: response.status,
  });
}

export const byId = (id) => document.getElementById(id);

/** An element with text; what users wrote is never read as markup. */
export function element(name, text = '', className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  if (className !== '') made.className = className;
  return made;
}

/** Does the work of a form, with its button off meanwhile, and shows beside it what went wrong. */
export function onSubmit(form, work) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    const wrong = form.querySelector('.wrong');
    button.disabled = true;
    wrong.textContent = '';
    try {
      await work(Object.fromEntries(new FormData(form)));
    } catch (reason) {
      wrong.textContent = reason.message;
    } finally {
      button.disabled = false;
    }
  });
}

/** Shows the page of somebody who is logged in, or the form to log in. */
export async function startPage({ mayEnter = () => true, refused = '', show }) {
  const login = byId('login');
  const enter = async () => {
    const user = await ask('/auth/me');
    if (!mayEnter(user)) throw new Error(refused);
    await show(user);
    byId('who').textContent = user.email;
    login.hidden = true;
    for (const id of ['page', 'who', 'logout']) byId(id).hidden = false;
  };
  onSubmit(login.querySelector('form'), async (credentials) => {
    await ask('/auth/login', { method: 'POST', body: credentials });
    await enter();
  });
  byId('logout').addEventListener('click', async () => {
    await ask('/auth/logout', { method: 'POST' }).catch(() => undefined);
    location.reload();
  });
  try {
    await enter();
  } catch (reason) {
    login.hidden = false;
    if (reason.status !== 401) login.querySelector('.wrong').textContent = reason.message;
  }
}
