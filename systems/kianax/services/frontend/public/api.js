/** Asks the gateway; resolves to its answer, or throws an Error with the sentence that it gave. */
export async function ask(method, path, body, headers = {}) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => {
    throw new Error('Kianax cannot be reached. Try again.');
  });
  const text = await response.text();
  const answer = text === '' ? null : JSON.parse(text);
  if (response.ok) return answer;
  const failure = new Error(answer?.detail ?? answer?.message ?? 'That did not work. Try again.');
  failure.status = response.status;
  throw failure;
}

export const dollars = (cents) =>
  (cents / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD' });

export function when(text) {
  const at = new Date(text);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday
    ? at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })
    : at.toLocaleString([], { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
}

export const find = (selector, within = document) => within.querySelector(selector);

/** An element; its children are elements or texts, never HTML. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Does what a form is for; meanwhile its button rests, and what goes wrong is said in it. */
export function onSubmit(form, work) {
  const problem = find('.problem', form);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button:not([type=button])');
    problem.hidden = true;
    button.disabled = true;
    try {
      await work(new FormData(form));
    } catch (failure) {
      problem.textContent = failure.message;
      problem.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}

export function toast(title, text) {
  const shown = element('div', { class: 'toast' }, element('b', {}, title), text);
  find('#toasts').append(shown);
  setTimeout(() => shown.remove(), 5_000);
}
