import { refreshMessages, startAccount, startSignIn } from './account.js';
import { ask, find, toast } from './api.js';
import { market } from './market.js';
import { startSecondFactor } from './second-factor.js';
import { refreshBook, refreshTicket, startTrading } from './trade.js';

const live = find('#live');
let isIn = false;

startSignIn(enter);
startAccount(() => location.assign('/'));
startSecondFactor();
startTrading();
const session = await ask('GET', '/api/auth/get-session').catch(() => null);
await (session === null ? welcome() : enter());

/** Shows the desk to whoever is signed in; throws when nobody is. */
async function enter() {
  const { name, email } = await ask('GET', '/api/me');
  isIn = true;
  find('#name').textContent = name;
  find('#email').textContent = `Signed in as ${email}.`;
  for (const id of ['#who', '#desk', '#book']) find(id).hidden = false;
  find('#sign-in').hidden = true;
  find('main').classList.remove('alone');
  take((await ask('GET', '/api/quotes')).quotes);
  listen(0);
  await Promise.all([refreshBook(), refreshMessages()]);
}

/** Prices are there for everybody; without a session they are asked for now and then. */
async function welcome() {
  find('#sign-in').hidden = false;
  while (!isIn) {
    await ask('GET', '/api/quotes').then(
      ({ quotes }) => (take(quotes), say('on', 'delayed')),
      () => say('off', 'offline'),
    );
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

function take(quotes) {
  market.take(quotes);
  refreshTicket();
}

/** Prices and messages as they come. A socket that ends is opened again, each time after a longer while. */
function listen(failures) {
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
  let isOpen = false;
  socket.addEventListener('message', ({ data }) => {
    const { topic, data: news } = JSON.parse(data);
    if (topic === 'welcome') {
      isOpen = true;
      say('on', 'live');
    }
    if (topic === 'quotes') take(news);
    if (topic === 'notification') {
      toast(news.title, news.body);
      void refreshBook();
      void refreshMessages();
    }
  });
  socket.addEventListener('close', ({ code }) => {
    say('off', 'reconnecting');
    if (code === 4401) return location.assign('/');
    const again = isOpen ? 0 : failures + 1;
    setTimeout(() => listen(again), Math.min(10_000, 500 * 2 ** again) * (0.5 + Math.random()));
  });
}

function say(state, text) {
  live.dataset.state = state;
  find('span', live).textContent = text;
}
