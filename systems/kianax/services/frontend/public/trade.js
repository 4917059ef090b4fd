import { ask, dollars, element, find, onSubmit, when } from './api.js';
import { market } from './market.js';

const form = find('#order');
const commission = 100;
/** Until an order is answered its key stays the same, so that trying again cannot order twice. */
let key = crypto.randomUUID();

export function startTrading() {
  const { symbol, quantity, limit } = form.elements;
  market.onChoose((name) => {
    symbol.value = name;
    chosen();
  });
  form.addEventListener('input', () => {
    key = crypto.randomUUID();
    chosen();
  });
  onSubmit(form, async () => {
    const order = {
      symbol: symbol.value,
      side: form.elements.side.value,
      quantity: Number(quantity.value),
      limitCents: limit.value === '' ? null : Math.round(Number(limit.value) * 100),
    };
    const answer = await ask('POST', '/api/orders', order, { 'idempotency-key': key });
    key = crypto.randomUUID();
    await refreshBook();
    if (answer.order.status === 'rejected') throw new Error(answer.order.sentence);
  });
  startAgent(symbol, quantity);
  startTabs();
}

/** After new prices: the list of symbols, and what the order would cost now. */
export function refreshTicket() {
  const { symbol } = form.elements;
  const names = [...market.quotes.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  if (symbol.options.length !== names.length) {
    const before = symbol.value;
    symbol.replaceChildren(...names.map((name) => element('option', {}, name)));
    if (names.includes(before)) symbol.value = before;
    chosen();
  } else estimate();
}

function chosen() {
  const { symbol, side } = form.elements;
  market.choose(symbol.value);
  find('#place').textContent = `${side.value === 'buy' ? 'Buy' : 'Sell'} ${symbol.value}`;
  find('#ask-symbol').textContent = symbol.value;
  estimate();
}

function estimate() {
  const { symbol, quantity, side } = form.elements;
  const price = market.quotes.get(symbol.value)?.priceCents;
  const shares = Number(quantity.value);
  const sum = price * shares + (side.value === 'buy' ? commission : -commission);
  find('#estimate').textContent = price === undefined || shares < 1 ? '–' : dollars(sum);
}

function startAgent(symbol, quantity) {
  const box = find('#proposal');
  let proposal = null;
  onSubmit(find('#ask'), async (data) => {
    box.hidden = true;
    const answer = await ask('POST', '/api/agent/proposals', {
      symbol: symbol.value,
      question: data.get('question'),
    });
    proposal = answer.proposal;
    const { side, reason } = proposal;
    const verb = { buy: 'Buy', sell: 'Sell', hold: 'Wait with' }[side];
    find('.what', box).textContent =
      `${verb} ${side === 'hold' ? '' : `${proposal.quantity} `}${proposal.symbol}`;
    find('.why', box).textContent = reason;
    find('#take').hidden = side === 'hold';
    box.hidden = false;
  });
  find('#take').addEventListener('click', () => {
    symbol.value = proposal.symbol;
    quantity.value = proposal.quantity;
    form.elements.side.value = proposal.side;
    key = crypto.randomUUID();
    chosen();
    find('#place').focus();
  });
}

function startTabs() {
  for (const tab of document.querySelectorAll('[role=tab]'))
    tab.addEventListener('click', () => {
      for (const each of document.querySelectorAll('[role=tab]')) {
        each.setAttribute('aria-selected', String(each === tab));
        find(`#${each.getAttribute('aria-controls')}`).hidden = each !== tab;
      }
    });
}

/** Trades, what is held, and the audit with its verdict. */
export async function refreshBook() {
  const [{ trades }, { positions }, { entries }, verdict] = await Promise.all([
    ask('GET', '/api/trades'),
    ask('GET', '/api/positions'),
    ask('GET', '/api/audit'),
    ask('GET', '/api/audit/verify'),
  ]);
  market.hold(positions);
  fill('#trades', trades.map(tradeRow));
  fill('#audit', entries.map(auditRow));
  const seal = find('#seal');
  seal.hidden = false;
  seal.className = `seal ${verdict.intact ? 'up' : 'down'}`;
  seal.textContent = verdict.intact
    ? `✓ ${verdict.entries} entries, unbroken`
    : `✕ broken at entry ${verdict.sequence}`;
}

function fill(panel, rows) {
  find(`${panel} tbody`).replaceChildren(...rows);
  find(`${panel} table`).hidden = rows.length === 0;
  find(`${panel} .empty`).hidden = rows.length > 0;
}

function tradeRow({ tradedAt, side, quantity, symbol, priceCents, commissionCents }) {
  const total =
    side === 'buy' ? -(quantity * priceCents + commissionCents) : quantity * priceCents - commissionCents;
  return element(
    'tr',
    {},
    element('td', {}, when(tradedAt)),
    element('td', {}, `${side === 'buy' ? 'Bought' : 'Sold'} ${quantity} ${symbol}`),
    element('td', { class: 'wide' }, dollars(priceCents)),
    element('td', { class: 'wide' }, dollars(commissionCents)),
    element('td', {}, dollars(total).replace('-', '−')),
  );
}

const actions = {
  'order.placed': 'Order placed',
  'order.filled': 'Order filled',
  'order.rejected': 'Order rejected',
  'broker.connected': 'Broker connected',
  'broker.removed': 'Broker removed',
  'broker.tampered': 'Broker keys were changed from outside',
};

function auditRow({ sequence, at, action, details, hash }) {
  const { side, quantity, symbol } = details;
  const more = symbol === undefined ? '' : `: ${side} ${quantity} ${symbol}`;
  return element(
    'tr',
    {},
    element('td', {}, String(sequence)),
    element('td', {}, when(at)),
    element('td', {}, `${actions[action] ?? action}${more}`),
    element('td', { class: 'wide hash' }, hash),
  );
}
