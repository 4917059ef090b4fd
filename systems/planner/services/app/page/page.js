import { createFan } from './chart.js';
import { ask } from './client.js';
import { createControls } from './controls.js';
import { dollars, headlineOf, inHundred, readingOf, verdictOf } from './words.js';

const find = (selector) => document.querySelector(selector);
const answer = find('.answer');
const chartPlace = find('.chart');
const note = find('[data-note]');
const title = find('#title');
let simulation = null;

const fan = createFan(chartPlace, (year) => showReading(year));
const controls = createControls(find('.plan'), () => later());
const dots = Array.from({ length: 100 }, () => document.createElement('i'));
find('.dots').append(...dots);

/** A slider tells of every step; only where it rests is worth a question. */
let timer = 0;
function later(wait = 220) {
  clearTimeout(timer);
  timer = setTimeout(() => void simulate(), wait);
  chartPlace.classList.add('stale');
}

async function simulate() {
  const plan = controls.plan();
  answer.setAttribute('aria-busy', 'true');
  try {
    const response = await ask('/api/simulations', plan, { kind: 'simulation', onWait: showWait });
    if (response === null) return;
    simulation = await response.json();
    show();
    remember(plan);
    explainLater(plan);
  } catch (reason) {
    showProblem(reason);
  }
}

let explaining = 0;
function explainLater(plan) {
  clearTimeout(explaining);
  explaining = setTimeout(() => void explain(plan), 700);
}

async function explain(plan) {
  const response = await ask('/api/analysis', plan, { kind: 'analysis' }).catch(() => null);
  if (response === null) return;
  const { findings, suggestions } = await response.json();
  find('[data-findings]').replaceChildren(...findings.map((text) => element('li', text)));
  find('[data-suggestions]').replaceChildren(
    ...suggestions.map(({ text, change }) => {
      const button = element('button', text);
      button.type = 'button';
      button.append(element('b', 'Try it'));
      button.addEventListener('click', () => controls.set(change));
      return button;
    }),
  );
}

function show() {
  const { success, years } = simulation;
  answer.setAttribute('aria-busy', 'false');
  find('[data-figure]').className = `figure ${verdictOf(success)}`;
  find('[data-figure]').textContent = inHundred(success);
  find('[data-headline]').textContent = headlineOf(simulation);
  find('[data-scenarios]').textContent = simulation.plan.scenarios.toLocaleString('en-US');
  for (const [index, dot] of dots.entries()) dot.classList.toggle('good', index < Math.round(success * 100));
  chartPlace.classList.remove('stale');
  chartPlace.setAttribute(
    'aria-label',
    `Fan of outcomes. ${readingOf(years.at(-1))} Use the arrow keys to read each year.`,
  );
  fan.show(years);
  showReading(null);
  find('[data-rows]').replaceChildren(...years.map(rowOf));
}

function showReading(year) {
  const years = simulation?.years ?? [];
  const chosen = years[year ?? years.length - 1];
  if (chosen !== undefined) find('[data-reading]').textContent = readingOf(chosen);
}

function rowOf({ year, p10, p25, p50, p75, p90, lasting }) {
  const row = document.createElement('tr');
  const cells = [year, ...[p10, p25, p50, p75, p90].map(dollars), `${Math.round(lasting * 100)} %`];
  row.append(...cells.map((cell) => element('td', String(cell))));
  return row;
}

function showWait(seconds) {
  find('[data-headline]').textContent = `Many questions in a short time: this one is asked in ${seconds} s.`;
}

function showProblem(reason) {
  answer.setAttribute('aria-busy', 'false');
  find('[data-figure]').textContent = '–';
  find('[data-headline]').textContent = reason.message;
}

find('[data-report]').addEventListener('click', async ({ currentTarget: button }) => {
  button.disabled = true;
  tell('The report is being made…');
  try {
    const response = await ask(
      '/api/reports',
      { ...controls.plan(), title: title.value },
      { kind: 'report' },
    );
    if (response === null) return;
    save(
      await response.blob(),
      `${title.value.replaceAll(/[^\w-]+/g, '-').toLowerCase() || 'retirement-plan'}.pdf`,
    );
    tell('The report was saved. It can be opened here again later.');
  } catch (reason) {
    tell(reason.message, true);
  } finally {
    button.disabled = false;
  }
});

find('#open').addEventListener('change', async ({ currentTarget: input }) => {
  const [file] = input.files;
  input.value = '';
  if (file === undefined) return;
  tell('The report is being read…');
  try {
    const response = await ask('/api/uploads', file, { kind: 'upload' });
    const { plan } = await response.json();
    if (plan === null) return tell('This PDF is no report of the planner.', true);
    title.value = plan.title;
    controls.set(plan);
    tell('The plan of this report is shown.');
  } catch (reason) {
    tell(reason.message, true);
  }
});

function tell(text, isWrong = false) {
  note.textContent = text;
  note.classList.toggle('wrong', isWrong);
}

function save(blob, name) {
  const link = element('a', '');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** The address of the page holds the plan: it can be kept and sent. Nothing of it reaches the server with the address. */
function remember({ scenarios: _scenarios, ...plan }) {
  history.replaceState(null, '', `#${new URLSearchParams(plan)}`);
}

const { maxScenarios } = await fetch('/api/settings')
  .then((response) => response.json())
  .catch(() => ({ maxScenarios: 1_000 }));
controls.offer(maxScenarios ?? 1_000);
controls.set(Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
later(0);
