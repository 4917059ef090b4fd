import { dollars, element, find } from './api.js';

const svg = 'http://www.w3.org/2000/svg';
const points = 90;
const rows = new Map();
const held = new Map();
let onChoose = () => {};

/** Prices as they come; a row per symbol, with what it did in the last minutes. */
export const market = {
  quotes: new Map(),

  onChoose(listener) {
    onChoose = listener;
  },

  take(quotes) {
    for (const quote of quotes) {
      const before = this.quotes.get(quote.symbol);
      this.quotes.set(quote.symbol, quote);
      const row = rows.get(quote.symbol) ?? addRow(quote);
      row.history.push(quote.priceCents);
      if (row.history.length > points) row.history.shift();
      draw(row, quote, before);
    }
    find('#no-quotes').hidden = this.quotes.size > 0;
  },

  choose(symbol) {
    for (const [name, row] of rows) row.row.setAttribute('aria-selected', String(name === symbol));
  },

  hold(positions) {
    held.clear();
    for (const { symbol, quantity } of positions) held.set(symbol, quantity);
    for (const [symbol, row] of rows) row.mine.textContent = held.get(symbol) ?? '';
  },
};

function addRow({ symbol }) {
  const line = document.createElementNS(svg, 'polyline');
  const area = document.createElementNS(svg, 'polygon');
  const chart = document.createElementNS(svg, 'svg');
  chart.setAttribute('class', 'spark');
  chart.setAttribute('viewBox', '0 0 100 28');
  chart.setAttribute('preserveAspectRatio', 'none');
  chart.setAttribute('aria-hidden', 'true');
  chart.append(area, line);
  const price = element('td', {}, element('span'));
  const day = element('td');
  const mine = element('td', { class: 'mine' }, String(held.get(symbol) ?? ''));
  const row = element(
    'tr',
    { tabindex: '0' },
    element('td', {}, symbol),
    element('td', { class: 'wide' }, chart),
    price,
    day,
    mine,
  );
  const made = { row, chart, line, area, price, day, mine, history: [] };
  row.addEventListener('click', () => onChoose(symbol));
  row.addEventListener('keydown', ({ key }) => key === 'Enter' && onChoose(symbol));
  rows.set(symbol, made);
  const after = [...rows.keys()].filter((name) => name > symbol).toSorted((a, b) => (a < b ? -1 : 1))[0];
  find('#quotes').insertBefore(row, rows.get(after)?.row ?? null);
  return made;
}

function draw({ chart, line, area, price, day, history }, quote, before) {
  const { priceCents, closeCents } = quote;
  price.firstChild.textContent = dollars(priceCents);
  if (before !== undefined && before.priceCents !== priceCents) {
    price.dataset.flash = priceCents > before.priceCents ? 'up' : 'down';
    setTimeout(() => delete price.dataset.flash, 150);
  }
  const share = closeCents === null ? 0 : priceCents / closeCents - 1;
  day.textContent = `${share >= 0 ? '+' : '−'}${Math.abs(share * 100).toFixed(2)}%`;
  const tone = share >= 0 ? 'up' : 'down';
  day.className = tone;
  chart.setAttribute('class', `spark ${tone}`);
  const least = Math.min(...history);
  const span = Math.max(1, Math.max(...history) - least);
  const path = history
    .map(
      (cents, index) =>
        `${((index / Math.max(1, history.length - 1)) * 100).toFixed(1)},${(25 - ((cents - least) / span) * 22).toFixed(1)}`,
    )
    .join(' ');
  line.setAttribute('points', path);
  area.setAttribute('points', `0,28 ${path} 100,28`);
}
