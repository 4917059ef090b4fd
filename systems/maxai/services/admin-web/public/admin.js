import { ask, byId, element, startPage } from './api.js';

const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;
let chosen = null;

/** Does what was asked for, and shows what is wrong instead of doing nothing. */
async function attempt(work) {
  byId('wrong').textContent = '';
  try {
    await work();
  } catch (reason) {
    byId('wrong').textContent = reason.message;
  }
}

async function showTenants() {
  const { tenants } = await ask('/admin/tenants');
  byId('tenants').replaceChildren(
    ...tenants.map((tenant) => {
      const item = element('li');
      const row = element('div', '', 'row');
      const about = element('div');
      const counts = [plural(tenant.users, 'user', 'users'), plural(tenant.sessions, 'session', 'sessions')];
      about.append(element('b', tenant.name), element('span', counts.join(', ')));
      const button = element('button', 'Look after', 'quiet');
      button.setAttribute('aria-label', `Look after ${tenant.name}`);
      button.addEventListener('click', () => attempt(() => showTenant(tenant)));
      row.append(about, button);
      item.append(row);
      return item;
    }),
  );
}

async function showTenant(tenant) {
  chosen = tenant;
  const place = `/admin/tenants/${tenant.tenant_id}`;
  const [{ flags }, { sessions }] = await Promise.all([ask(`${place}/flags`), ask(`${place}/sessions`)]);
  byId('tenant-name').textContent = tenant.name;
  byId('tenant').hidden = false;
  byId('flags').replaceChildren(
    ...Object.entries(flags).map(([name, value]) => flagSwitch(place, name, value)),
  );
  byId('no-sessions').hidden = sessions.length > 0;
  byId('revoke-all').hidden = sessions.length === 0;
  byId('sessions').replaceChildren(...sessions.map((session) => sessionRow(place, session)));
}

function flagSwitch(place, name, value) {
  const label = element('label', '', 'switch');
  const box = element('input');
  box.type = 'checkbox';
  box.checked = value;
  box.addEventListener('change', () =>
    attempt(async () => {
      await ask(`${place}/flags/${name}`, { method: 'PUT', body: { value: box.checked } }).catch((reason) => {
        box.checked = !box.checked;
        throw reason;
      });
    }),
  );
  label.append(box, element('span', name));
  return label;
}

function sessionRow(place, { session_id, email, created_at }) {
  const item = element('li');
  const row = element('div', '', 'row');
  const about = element('div');
  const since = new Date(created_at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
  about.append(element('b', email), element('span', `since ${since}`));
  const button = element('button', 'End', 'quiet');
  button.setAttribute('aria-label', `End the session of ${email}`);
  button.addEventListener('click', () => attempt(() => revoke(`${place}/sessions/${session_id}`)));
  row.append(about, button);
  item.append(row);
  return item;
}

async function revoke(path) {
  await ask(path, { method: 'DELETE' });
  await showTenants();
  await showTenant(chosen);
}

byId('revoke-all').addEventListener('click', () =>
  attempt(() => revoke(`/admin/tenants/${chosen.tenant_id}/sessions`)),
);

await startPage({
  mayEnter: ({ role }) => role === 'operator',
  refused: 'This page is for operators of the platform.',
  show: showTenants,
});
