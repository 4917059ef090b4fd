import type { Candidate, Running } from './candidates/candidate.ts';
import { candidates } from './candidates/index.ts';
import { checkAnswers } from './check.ts';
import type { Ground } from './ground.ts';
import type { Machine } from './machine.ts';
import { type AtRate, type Saturation, sampleRate, sampleSaturation } from './measure/load.ts';
import { measureRoutes, type Routes } from './measure/routes.ts';
import { measureSockets, mostSockets, type Sockets } from './measure/sockets.ts';
import { measureSwitch, type Switch } from './measure/switch.ts';
import type { Options, Part } from './options.ts';
import { type Usage, usageOf } from './processes.ts';
import { type Services, startServices } from './services.ts';

/** All that was found out about one candidate. */
export interface Findings {
  readonly candidate: Candidate;
  /** One per round. */
  readonly saturation: Saturation[];
  /** Per rate, one per round. */
  readonly rates: Map<number, AtRate[]>;
  /** After the rounds. */
  usage: Usage | null;
  sockets: Sockets | null;
  routes: Routes | null;
  /** Runs with a switch: with one route, and with the large table. */
  readonly switches: { readonly small: Switch[]; readonly large: Switch[] };
}

export interface Outcome {
  readonly servedBy: string;
  readonly findings: readonly Findings[];
  /** Sentences: what was not measured, and why. */
  readonly missing: readonly string[];
}

interface Entrant {
  readonly running: Running;
  readonly findings: Findings;
}

interface Bench {
  readonly options: Options;
  readonly machine: Machine;
  readonly missing: string[];
  readonly say: (text: string) => void;
  readonly began: number;
}

const switchRate = 1_000;

/** Starts, checks and measures all candidates that were asked for. */
export async function runBench(
  ground: Ground,
  options: Options,
  machine: Machine,
  say: (text: string) => void,
): Promise<Outcome> {
  const bench: Bench = { options, machine, missing: [], say, began: performance.now() };
  const services = await startServices(ground, wants(bench, 'routes') ? options.routes : 1);
  const entrants: Entrant[] = [];
  for (const candidate of candidates.filter(({ name }) => options.only.includes(name))) {
    say(`${candidate.title}: start and check`);
    const running = await startAndCheck(candidate, ground, services).catch(sentenceOf);
    if (typeof running === 'string') bench.missing.push(`${candidate.title}: not measured: ${running}.`);
    else entrants.push({ running, findings: nothingYet(candidate) });
  }
  await measureRounds(bench, entrants);
  for (const { running, findings } of entrants) findings.usage = usageOf(running.pid);
  for (const entrant of entrants) await measureTables(bench, entrant);
  for (const entrant of entrants) await measureIdleSockets(bench, entrant);
  return {
    servedBy: services.servedBy,
    findings: entrants.map(({ findings }) => findings),
    missing: bench.missing,
  };
}

/** The sentence says why it is not measured. */
async function startAndCheck(
  candidate: Candidate,
  ground: Ground,
  services: Services,
): Promise<Running | string> {
  const running = await candidate.start(ground, services);
  return typeof running === 'string' ? running : ((await checkAnswers(running)) ?? running);
}

const nothingYet = (candidate: Candidate): Findings => ({
  candidate,
  saturation: [],
  rates: new Map(),
  usage: null,
  sockets: null,
  routes: null,
  switches: { small: [], large: [] },
});

const sentenceOf = (reason: unknown): string => (reason instanceof Error ? reason.message : String(reason));

/** Whether the time is over; `what` is then told to be missing. */
function isOver({ began, options, missing }: Bench, what: string): boolean {
  if (performance.now() - began < options.limit * 1_000) return false;
  missing.push(`${what}: not measured: the time was over (--limit ${options.limit}).`);
  return true;
}

const wants = ({ options }: Bench, part: Part) => options.parts.includes(part);

/** One candidate at a time; every second round in the other order, so that a drift of the machine hits all alike. */
async function measureRounds(bench: Bench, entrants: readonly Entrant[]): Promise<void> {
  const { seconds, rounds, rates } = bench.options;
  if (!wants(bench, 'saturation') && !wants(bench, 'rate')) return;
  bench.say('warming');
  for (const { running } of entrants) await warm(running);
  for (let round = 0; round < rounds; round += 1)
    for (const { running, findings } of round % 2 === 0 ? entrants : entrants.toReversed()) {
      if (isOver(bench, `${findings.candidate.title}, round ${round + 1}`)) continue;
      bench.say(`round ${round + 1} of ${rounds}: ${findings.candidate.title}`);
      if (wants(bench, 'saturation')) findings.saturation.push(await sampleSaturation(running, seconds));
      if (wants(bench, 'rate'))
        for (const rate of rates) {
          const sample = await sampleRate(running, [running.port], rate, seconds);
          findings.rates.set(rate, [...(findings.rates.get(rate) ?? []), sample]);
        }
    }
}

/** Until a program that compiles while it runs has compiled what matters, or has had its time. */
async function warm(running: Running): Promise<void> {
  let requests = 0;
  for (let turn = 0; turn < mostWarmTurns && requests < warmRequests; turn += 1)
    requests += (await sampleSaturation(running, 1)).perSecond;
}

const [warmRequests, mostWarmTurns] = [20_000, 4];

/** What is known of a candidate until then stays, whatever goes wrong here. */
async function measureTables(bench: Bench, { running, findings }: Entrant): Promise<void> {
  const { setRoutes, setWeight } = running;
  const { title } = findings.candidate;
  const { routes, rounds, seconds } = bench.options;
  if (setWeight === null || !(wants(bench, 'switch') || wants(bench, 'routes'))) return;
  if (isOver(bench, `${title}, switch and table`)) return;
  try {
    if (wants(bench, 'switch')) {
      bench.say(`${title}: switch`);
      for (let run = 0; run < rounds / 3; run += 1)
        findings.switches.small.push(await measureSwitch(setWeight, [running.port], switchRate));
    }
    if (setRoutes === null || !wants(bench, 'routes')) return;
    bench.say(`${title}: ${routes} routes`);
    const { ports, ...measured } = await measureRoutes(running, { setRoutes, setWeight }, routes, seconds);
    findings.routes = measured;
    if (wants(bench, 'switch'))
      for (let run = 0; run < rounds / 3; run += 1)
        findings.switches.large.push(await measureSwitch(setWeight, ports, switchRate));
    await setRoutes(1);
  } catch (reason) {
    bench.missing.push(`${title}: tables: ${sentenceOf(reason)}.`);
  }
}

async function measureIdleSockets(bench: Bench, { running, findings }: Entrant): Promise<void> {
  if (!wants(bench, 'sockets')) return;
  const { title } = findings.candidate;
  if (running.socketsPort === null) {
    bench.missing.push(`${title}: WebSockets not measured: it passes none on.`);
    return;
  }
  if (isOver(bench, `${title}, WebSockets`)) return;
  const most = mostSockets(bench.machine.openFiles);
  const count = Math.min(bench.options.sockets, most);
  bench.say(`${title}: ${count} WebSockets`);
  const measured = await measureSockets(running, running.socketsPort, count);
  const limit = count < bench.options.sockets ? `${bench.machine.openFiles} open files per process` : null;
  findings.sockets = { ...measured, wanted: bench.options.sockets, reason: measured.reason ?? limit };
}
