/** The status page's script, served as a file so that the page needs no inline code. */
export const pageScript = `
const environment = new URLSearchParams(location.search).get('environment') ?? (await firstEnvironment());
const at = (millis) => new Date(millis).toLocaleTimeString();
const put = (id, nodes) => document.getElementById(id).replaceChildren(...nodes);
function element(name, text, className) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}
const row = (...cells) => { const line = element('tr'); line.append(...cells.map((cell) => element('td', cell))); return line; };

async function firstEnvironment() {
  const control = await (await fetch('/v1/control')).json();
  return control.environments[0];
}

async function refresh() {
  try {
    const status = await (await fetch('/v1/environments/' + environment + '/status')).json();
    const release = status.release ? 'release ' + status.release.number : 'no release yet';
    put('summary', [document.createTextNode(environment + ' on ' + status.target + ' is ' + status.status + ', ' + release + (status.pinned ? ', held there by a rollback' : '') + (status.queued ? ', release ' + status.queued.release + ' waits behind this one' : ''))]);
    put('services', status.services.map((service) => {
      const ready = service.replicas.filter((replica) => replica.state === 'ready').length;
      const revisions = [...new Set(service.replicas.map((replica) => replica.revision))];
      return row(service.name, service.address ?? 'no traffic', ready + ' of ' + service.wanted + ' ready', revisions.join(', '));
    }));
    put('stores', status.stores.map((store) => row(store.store, store.state, store.address ?? store.detail ?? '')));
    put('rollout', status.rollout ? rollout(status.rollout) : []);
  } catch {
    put('summary', [document.createTextNode('The control plane does not answer; what runs goes on without it. Trying again…')]);
  }
}

function rollout(view) {
  const nodes = [element('h2', 'Release ' + view.release + ': ' + view.phase + (view.stage ? ', ' + view.stage : ''))];
  const services = [...new Set(view.arms.map((arm) => arm.service))];
  for (const service of services) {
    const bar = element('div', undefined, 'bar');
    for (const role of ['stable', 'canary']) {
      const arm = view.arms.find((each) => each.service === service && each.role === role);
      if (!arm) continue;
      const part = element('div', service + ' ' + role + ' ' + arm.weight + ' % · ' + arm.requests + ' requests, ' + arm.failures + ' failed', role);
      part.style.flexGrow = Math.max(arm.weight, 1);
      bar.append(part);
    }
    nodes.push(bar);
  }
  if (view.verdict) {
    const list = element('ul');
    list.append(...view.verdict.signals.map((signal) => element('li', signal.state + ': ' + signal.sentence)));
    nodes.push(element('p', 'Gate: ' + view.verdict.kind), list);
  }
  if (view.waitsFor) nodes.push(element('p', 'Waits for ' + view.waitsFor.sentence));
  if (view.waitsFor) nodes.push(...view.waitsFor.commands.map((command) => element('code', command + ' ')));
  for (const [service, address] of Object.entries(view.previews)) nodes.push(element('p', 'Preview of ' + service + ': ' + address));
  if (view.becauseSentence) nodes.push(element('p', view.becauseSentence));
  return nodes;
}

const source = new EventSource('/v1/environments/' + environment + '/events');
source.onmessage = (message) => {
  const entry = JSON.parse(message.data);
  if (!entry.sentence) return;
  const line = element('li');
  line.append(element('time', at(entry.at)), document.createTextNode(entry.sentence));
  const timeline = document.getElementById('timeline');
  timeline.prepend(line);
  while (timeline.children.length > 100) timeline.lastChild.remove();
};
await refresh();
setInterval(refresh, 1000);
`;
