import { ask, byId, element, onSubmit, startPage } from './api.js';

const meters = {
  llm_tokens: 'Tokens of language models',
  calls: 'Calls',
  messages: 'Messages',
  webhook_events: 'Events of vendors',
};

async function showPrompts() {
  const { prompts } = await ask('/prompts');
  byId('no-prompts').hidden = prompts.length > 0;
  byId('prompts').replaceChildren(
    ...prompts.map(({ title, body, createdAt }) => {
      const item = element('li');
      const when = new Date(createdAt).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
      item.append(element('b', title), element('span', body.length > 140 ? `${body.slice(0, 140)}…` : body));
      item.append(element('small', when, 'note'));
      return item;
    }),
  );
}

async function showUsage() {
  const { usage } = await ask('/usage?days=30');
  byId('no-usage').hidden = usage.length > 0;
  byId('usage-table').hidden = usage.length === 0;
  byId('usage').replaceChildren(
    ...usage.map(({ day, meter, amount }) => {
      const row = element('tr');
      row.append(element('td', day), element('td', meters[meter] ?? meter));
      row.append(element('td', amount.toLocaleString(), 'number'));
      return row;
    }),
  );
  const engine = await ask('/workflows/engine');
  byId('engine').textContent = engine.here ? '' : engine.sentence;
}

// A key per text: saving twice by mistake is one prompt.
let key = crypto.randomUUID();
onSubmit(byId('write'), async (prompt) => {
  await ask('/prompts', { method: 'POST', body: prompt, key });
  key = crypto.randomUUID();
  byId('write').reset();
  await showPrompts();
});
byId('write').addEventListener('input', () => (key = crypto.randomUUID()));

await startPage({ show: () => Promise.all([showPrompts(), showUsage()]) });
