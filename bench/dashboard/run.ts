/**
 * What the release page costs a browser: chromium shows a canary with two hours of samples behind it and four more each
 * second, played by dashboard/dev/mock.ts. The main thread's own processor time (CDP's thread ticks) and that of each process
 * are shares of one core; beside them the same page with a still picture (reduced motion), and a page at rest.
 * `node bench/dashboard/run.ts [--seconds 30] [--rounds 3]`
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { preview } from 'vite';
import { describeMachine } from '../router/machine.ts';
import { median } from '../router/statistics.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, rounds: { type: 'string', default: '3' } },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const root = join(import.meta.dirname, '..', '..');

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
if (program === undefined) {
  process.stderr.write('This measures chromium, and it is not installed: apt-get install chromium\n');
  process.exit(2);
}

const cases = [
  { name: 'a canary on its way', path: '/prod/release', motion: 'no-preference' },
  { name: 'the same, motion reduced', path: '/prod/release', motion: 'reduce' },
  { name: 'flags, where nothing moves', path: '/prod/flags', motion: 'no-preference' },
] as const;

interface Share {
  readonly main: number;
  readonly renderer: number;
  readonly gpu: number;
}

async function measure(browser: Browser, address: string, one: (typeof cases)[number]): Promise<Share> {
  const context = await browser.newContext({
    viewport: { width: 1_440, height: 900 },
    reducedMotion: one.motion,
  });
  try {
    const page = await context.newPage();
    await page.goto(`${address}${one.path}`);
    await page.locator('h1').waitFor();
    await page.waitForTimeout(5_000); // what is loaded and laid out once is not what is asked
    const client = await context.newCDPSession(page);
    await client.send('Performance.enable', { timeDomain: 'threadTicks' });
    const own = await browser.newBrowserCDPSession();
    const look = async () => {
      const { metrics } = await client.send('Performance.getMetrics');
      const { processInfo } = await own.send('SystemInfo.getProcessInfo');
      const of = (type: string) =>
        processInfo.filter((each) => each.type === type).reduce((sum, { cpuTime }) => sum + cpuTime, 0);
      const main = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
      return { at: performance.now(), main, renderer: of('renderer'), gpu: of('GPU') };
    };
    const before = await look();
    await page.waitForTimeout(seconds * 1_000);
    const after = await look();
    const wall = (after.at - before.at) / 1_000;
    const share = (part: keyof Share) => (after[part] - before[part]) / wall;
    return { main: share('main'), renderer: share('renderer'), gpu: share('gpu') };
  } finally {
    await context.close();
  }
}

const machine = await describeMachine();
const server = await preview({
  configFile: join(root, 'dashboard', 'vite.config.ts'),
  preview: { port: 0, host: '127.0.0.1' },
  logLevel: 'error',
});
const address = (server.resolvedUrls?.local[0] ?? '').replace(/\/$/, '');
const measured = new Map<string, Share[]>(cases.map(({ name }) => [name, []]));
try {
  for (let round = 1; round <= rounds; round++) {
    for (const one of cases) {
      // A browser of its own: processes that other pages leave behind would be counted.
      const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
      try {
        const found = await measure(browser, address, one);
        measured.get(one.name)?.push(found);
        process.stdout.write(
          `round ${round}: ${one.name}: ${percent(found.main)} of a core on the main thread\n`,
        );
      } finally {
        await browser.close();
      }
    }
  }
} finally {
  await server.close();
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

const { processors, model, loadAverage } = machine;
process.stdout.write(
  `\n${processors} processors (${model}), load average ${loadAverage.toFixed(1)} before; medians of ${rounds} rounds of ${seconds} s, without a graphics card.\n\n`,
);
process.stdout.write('| page | main thread | whole renderer | drawing process |\n|---|--:|--:|--:|\n');
for (const [name, shares] of measured) {
  const of = (part: keyof Share) => percent(median(shares.map((each) => each[part])));
  process.stdout.write(`| ${name} | ${of('main')} | ${of('renderer')} | ${of('gpu')} |\n`);
}
