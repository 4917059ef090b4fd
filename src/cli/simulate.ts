import { type Command, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import { type SightInput, sightInputOf, sightOf, stepsOf } from '#core/power';
import {
  fail,
  type Failure,
  type Millis,
  millis,
  parseDuration,
  parsePercent,
  type Percent,
  percent,
} from '#kernel';
import { complain, exitCodes } from './exit.ts';
import { environmentAt } from './place.ts';
import { type Played, sightData, sightLines } from './show-sight.ts';
import type { World } from './world.ts';

interface SimulateFlags {
  readonly env?: string;
  readonly rate?: number;
  readonly errors?: Percent;
  readonly weight?: Percent;
  readonly hold?: Millis;
  readonly median?: Millis;
  readonly p95?: Millis;
  readonly json?: boolean;
}

/** `simulate gate`: what the steps of a canary can see. Exit code 2 where nothing says how much traffic there is. */
export function addSimulate(program: Command, world: World, ends: (exit: number) => void): void {
  program
    .command('simulate')
    .description('play what a release would meet')
    .command('gate [folder]')
    .description(
      'what a step of a canary finds, and how soon; a system is read only where --rate is left out',
    )
    .option('--env <name>', 'environment; the first declared one when left out')
    .option(
      '--rate <per second>',
      'requests of the service; what release.gate.expected declares when left out',
      rate,
    )
    .option('--errors <share>', 'of them that fail while all is well (0.1%)', share)
    .option('--median <time>', 'half of the answers are quicker (80ms)', time)
    .option('--p95 <time>', 'all but one in twenty are quicker (250ms)', time)
    .option('--weight <share>', 'of the requests that the new revision gets (10%)', weight)
    .option('--hold <time>', 'for so long (30m)', time)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  fairway simulate gate --rate 50 --errors 1% --weight 10% --hold 30m')
    .action(async (folder: string | undefined, flags: SimulateFlags) => {
      ends(await simulateGate(world, resolve(world.cwd, folder ?? '.'), flags));
    });
}

async function simulateGate(world: World, folder: string, flags: SimulateFlags): Promise<number> {
  const json = flags.json === true;
  const found = flags.rate === undefined ? await declared(world, folder, flags) : [given(flags, flags.rate)];
  if (typeof found === 'number') return found;
  const wrong = found.find(({ input }) => input.p95Millis <= input.medianMillis);
  if (wrong !== undefined) {
    const { medianMillis, p95Millis } = wrong.input;
    return complain(world, { failure: fail('latencies_reversed', { medianMillis, p95Millis }).error }, json);
  }
  const shown = found.map((way) => ({ ...way, sights: sightOf(way.input) }));
  if (json) world.print(JSON.stringify(shown.map(sightData)));
  else for (const line of shown.flatMap(sightLines)) world.print(line);
  return exitCodes.done;
}

/** Everything from the command line, or as the definition's schema has it. */
function given(flags: SimulateFlags, requestsPerSecond: number): Played {
  const input = {
    requestsPerSecond,
    errorShare: 0.001,
    medianMillis: 80,
    p95Millis: 250,
    steps: [{ weight: 0.1, holdMillis: 1_800_000 }],
    policy: {
      errorShare: percent(1),
      slowerThan: millis(1_000),
      slowShare: percent(5),
      minimumRequests: 100,
      checks: [],
    },
  };
  return { services: [], input: changed(input, flags) };
}

async function declared(
  world: World,
  folder: string,
  flags: SimulateFlags,
): Promise<readonly Played[] | number> {
  const json = flags.json === true;
  const found = await environmentAt(world, folder, flags.env, json);
  if ('exit' in found) return found.exit;
  const read = await world.environment(folder, found.environment);
  if (!read.ok) return complain(world, { failure: read.error }, json);
  const { expected } = read.value.release.gate;
  const refuse = (failure: Failure) => complain(world, { failure }, json);
  if (expected === null) return refuse(fail('traffic_undeclared', found).error);
  const ways = stepsOf(read.value);
  const own = flags.weight !== undefined && flags.hold !== undefined;
  const played = (own ? [{ services: [], steps: [] }] : ways).map(({ services, steps }) => ({
    services,
    input: changed(sightInputOf(expected, read.value.release.gate, steps), flags),
  }));
  return played.some(({ input }) => input.steps.length > 0)
    ? played
    : refuse(fail('steps_undeclared', found).error);
}

/** What the command line says goes before what is declared; one of weight and hold holds for all declared steps. */
function changed(input: SightInput, flags: SimulateFlags): SightInput {
  const { weight: share, hold } = flags;
  const change = (step: SightInput['steps'][number]) => ({
    weight: share === undefined ? step.weight : share / 100,
    holdMillis: hold ?? step.holdMillis,
  });
  const own = share !== undefined && hold !== undefined;
  return {
    ...input,
    errorShare: flags.errors === undefined ? input.errorShare : flags.errors / 100,
    medianMillis: flags.median ?? input.medianMillis,
    p95Millis: flags.p95 ?? input.p95Millis,
    steps: own ? [{ weight: share / 100, holdMillis: hold }] : input.steps.map(change),
  };
}

function rate(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0.01 && value <= 1_000_000) return value;
  throw new InvalidArgumentError(`write requests per second, from 0.01 on ("50"), not "${text}".`);
}

function share(text: string): Percent {
  const parsed = parsePercent(text);
  if (parsed.ok && parsed.value < 100) return parsed.value;
  throw new InvalidArgumentError(`write a number from 0 to below 100 and % ("1%"), not "${text}".`);
}

function weight(text: string): Percent {
  const parsed = parsePercent(text);
  if (parsed.ok && parsed.value > 0 && parsed.value < 100) return parsed.value;
  throw new InvalidArgumentError(
    `write a number between 0 and 100 and % ("10%"), not "${text}": both revisions need requests to be compared.`,
  );
}

function time(text: string): Millis {
  const parsed = parseDuration(text);
  if (parsed.ok && parsed.value > 0) return parsed.value;
  const write = parsed.ok ? 'write a time above 0 ("30m")' : parsed.error.write;
  throw new InvalidArgumentError(`${write}, not "${text}".`);
}
