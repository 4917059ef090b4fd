/**
 * `npm run pictures:dashboard`: brings a copy of the trading journal up, lets good and bad things happen to it under load, and
 * takes the pictures of docs/guide/dashboard.md, in light and dark, on a desk and on a telephone. Needs Debian's chromium.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { LinkView, StatusView } from '#api';
import { journalLoad } from '../e2e/journal-load.ts';
import { type Place, placeOf } from '../e2e/place.ts';
import { hasBrowser, openBrowser, visit } from './browser.ts';
import { smallPng } from '../small-png.ts';
import { byHand, harmShown, pages, type Seat, takeFrom, underWay } from './scenes.ts';

if (!hasBrowser) {
  process.stderr.write(
    'Pictures are taken with chromium, and it is not installed: apt-get install chromium\n',
  );
  process.exit(2);
}

const folder = join(import.meta.dirname, '..', '..', 'docs', 'guide', 'pictures', 'dashboard');
mkdirSync(folder, { recursive: true });

const taken: string[] = [];
const browser = await openBrowser();
try {
  await using place = placeOf('systems/trading-journal');
  await tellStory(place, browser);
} finally {
  await browser.close();
}
for (const file of taken) shrink(join(folder, file)); // at the end: it would hold up the load

/** Brings up, copies, releases well, badly and well again; each is looked at while it happens, the pages afterwards. */
async function tellStory(place: Place, opened: Browser): Promise<void> {
  holdLonger(place.folder);
  await succeed(place, 'up');
  await using _load = await journalLoad(await place.address('edge'), 60, 20);
  for (const [name, role] of [
    ['ci', 'deployer'],
    ['on-call', 'approver'],
    ['wall-screen', 'viewer'],
  ] as const)
    await succeed(place, 'token', 'create', name, '--role', role);

  const link = await freshLink(place);
  await using desk = await visit(opened, link, { width: 1_440, height: 900 });
  await using phone = await visit(opened, await freshLink(place), { width: 390, height: 844 });
  const seats: readonly Seat[] = [
    { name: 'desk', page: desk.page },
    { name: 'phone', page: phone.page },
  ];
  const take = async (name: string) => taken.push(...(await takeFrom(seats, folder, name)));

  await succeed(place, 'backup');
  await succeed(
    place,
    'release',
    '--set',
    'edge.env.APP_VERSION=2',
    '--note',
    'faster lists of trades',
    '--strategy',
    'rolling',
  );

  await begin(place, '--set', 'edge.env.FAULT_ERROR_SHARE=0.12', '--note', 'new session page');
  await underWay(seats, 3);
  await harmShown(desk.page, 45);
  await take('release-bad');
  await place.until('the end of the bad release', isOver, 120);
  await succeed(place, 'drill');

  await begin(place, '--set', 'edge.env.APP_VERSION=4', '--note', 'new session page, second try');
  await underWay(seats, 4);
  await desk.page.waitForTimeout(25_000); // until there is something to see in the tracks
  await take('release');
  await place.until('the end of the good release', isOver, 180);
  await succeed(place, 'probe');

  for (const page of pages) {
    // One page that does not come is no reason to go without the others.
    await byHand(seats, page).catch((reason: Error) => complain(`${page.name}: ${reason.message}`));
    await take(page.name);
  }
  await using stranger = await visit(opened, new URL(desk.page.url()).origin, { width: 1_440, height: 900 });
  await using caller = await visit(opened, new URL(desk.page.url()).origin, { width: 390, height: 844 });
  const outside: readonly Seat[] = [
    { name: 'desk', page: stranger.page },
    { name: 'phone', page: caller.page },
  ];
  for (const { page } of outside) await page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor();
  taken.push(...(await takeFrom(outside, folder, 'login')));
  for (const complaint of [...desk.complaints, ...phone.complaints]) complain(complaint);
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

function isOver({ rollout }: StatusView): boolean {
  return rollout === null || ['promoted', 'rolledBack', 'failed'].includes(rollout.phase);
}

/** A canary of development is over before anybody has looked at it, and asks for no proof that there is no harm. */
function holdLonger(place: string): void {
  const file = join(place, 'definition', 'environments.ts');
  const text = readFileSync(file, 'utf8');
  const longer = text
    .replace("hold: '20s'", "hold: '75s'")
    .replace('gate: {', "gate: { promote: 'onEvidence', minimumHold: '45s',");
  if (longer.length - text.length < 40) throw new Error(`the canary of dev is not found in ${file}`);
  writeFileSync(file, longer);
}

async function succeed(place: Place, ...args: string[]): Promise<void> {
  const { exitCode, output } = await place.fairway(...args);
  if (exitCode !== 0) throw new Error(`fairway ${args.join(' ')} ended with ${exitCode}:\n${output}`);
  process.stdout.write(`fairway ${args.join(' ')}: done\n`);
}

async function begin(place: Place, ...flags: string[]): Promise<void> {
  await succeed(place, 'release', '--no-wait', ...flags);
}

async function freshLink(place: Place): Promise<string> {
  const made = await place.fairway('dashboard', '--json');
  if (made.exitCode !== 0) throw new Error(made.output);
  return (JSON.parse(made.output) as LinkView).url;
}

function shrink(file: string): void {
  const small = smallPng(readFileSync(file));
  writeFileSync(file, small);
  process.stdout.write(`${basename(file)}: ${Math.round(small.length / 1_000)} kB\n`);
}
