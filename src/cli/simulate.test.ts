import { describe, expect, it } from 'vitest';
import { aPolicy, aService, tenThenAll } from '#core/release/fixture';
import type { Environment, GatePolicy } from '#core/system';
import { fail, millis, minutes, ok, percent } from '#kernel';
import { runCommandLine } from './program.ts';
import type { World } from './world.ts';

const traffic: GatePolicy['expected'] = {
  requestsPerSecond: 40,
  errorShare: percent(0.5),
  median: millis(20),
  p95: millis(90),
};
const steps = [
  { weight: percent(10), hold: minutes(30), gate: true },
  { weight: percent(50), hold: minutes(10), gate: true },
  { weight: percent(100), hold: minutes(0), gate: false },
];
const canary = { ...tenThenAll, steps } as Environment['services'][number]['strategy'];
const rolling = { kind: 'rolling', surge: 1, unavailable: 0, settle: millis(0) } as const;

function anEnvironment(
  expected: GatePolicy['expected'],
  services = [aService('edge', { strategy: canary })],
) {
  const release = { ...aPolicy, gate: { ...aPolicy.gate, errorShare: percent(5), expected } };
  return { name: 'dev', services, release } as unknown as Environment;
}

/** A command line in a folder with this environment; what it printed, what it complained of and its exit code. */
async function type(args: readonly string[], environment: Environment | null = null) {
  const printed: string[] = [];
  const complained: string[] = [];
  const world = {
    cwd: '/shop',
    print: (text: string) => printed.push(text),
    complain: (text: string) => complained.push(text),
    check: async () => ({
      system: environment === null ? null : 'shop',
      environments: environment === null ? [] : ['dev'],
      findings: [],
    }),
    environment: async (_: string, name: string) =>
      environment === null ? fail('environment_unknown', { environment: name }) : ok(environment),
  } as unknown as World;
  const exit = await runCommandLine(['simulate', 'gate', ...args], world, '0');
  return { exit, printed: printed.join('\n'), complained: complained.join('\n') };
}

describe('fairway simulate gate', () => {
  it('tells what a made-up step sees, with a sentence, and reads no system for it', async () => {
    const { exit, printed } = await type('--rate 50 --errors 0.2% --weight 10% --hold 30m'.split(' '));
    expect(exit).toBe(0);
    expect(printed).toMatch(/^50 requests\/s, of which 0.2 % fail; median 80 ms, p95 250 ms\n/);
    expect(printed).toMatch(/harm is found +10 % for 30 min\n/);
    expect(printed).toMatch(/errors 0.2 % → 2 % +\d+ s\n/);
    expect(printed).toMatch(/total failure +[12]0 s\n/);
    expect(printed).toMatch(/\n {2}10 % of 50 requests\/s for 30 min: errors 0.2 % → /);
  });

  it('takes traffic and steps from the declaration, a column for each', async () => {
    const { exit, printed } = await type([], anEnvironment(traffic));
    expect(exit).toBe(0);
    expect(printed).toMatch(/^edge: 40 requests\/s, of which 0.5 % fail; median 20 ms, p95 90 ms\n/);
    expect(printed).toMatch(/harm is found +10 % for 30 min +50 % for 10 min\n/);
    expect(printed).not.toContain('100 %');
  });

  it('lets the command line go before the declaration', async () => {
    const { printed } = await type(['--hold', '5m', '--errors', '1%'], anEnvironment(traffic));
    expect(printed).toMatch(/of which 1 % fail/);
    expect(printed).toMatch(/10 % for 5 min +50 % for 5 min\n/);
    const own = await type(['--weight', '20%', '--hold', '5m'], anEnvironment(traffic, []));
    expect(own.printed).toMatch(/harm is found +20 % for 5 min\n/);
  });

  it('prints the same as JSON', async () => {
    const { printed } = await type(['--json'], anEnvironment(traffic));
    const [way] = JSON.parse(printed);
    expect(way).toMatchObject({ services: ['edge'], requestsPerSecond: 40, errorShare: 0.005 });
    expect(way.steps).toHaveLength(2);
    expect(way.steps[0]).toMatchObject({ weight: 0.1, holdMillis: 1_800_000, requests: 7_200 });
    expect(way.steps[0].sentence).toMatch(/^10 % of 40 requests\/s for 30 min: /);
    expect(way.steps[0].effects.at(-1)).toMatchObject({ effect: { kind: 'failure' }, found: 1 });
  });

  it.each([
    ['--rate', 'many', 'write requests per second'],
    ['--rate', '0', 'write requests per second'],
    ['--errors', '1', 'write a number from 0 to below 100 and %'],
    ['--weight', '100%', 'both revisions need requests to be compared'],
    ['--hold', 'soon', 'write a number and a unit'],
    ['--hold', '0s', 'write a time above 0'],
  ])('refuses %s %s with a sentence and an example', async (option, value, sentence) => {
    const { exit, complained } = await type(['--rate', '50', option, value]);
    expect(exit).toBe(2);
    expect(complained).toContain(sentence);
  });

  it.each([
    ['traffic_undeclared', anEnvironment(null)],
    ['steps_undeclared', anEnvironment(traffic, [aService('edge', { strategy: rolling })])],
  ])('says %s where nothing is declared', async (code, environment) => {
    const { exit, printed } = await type(['--json'], environment);
    expect(JSON.parse(printed).error.code).toBe(code);
    expect(exit).toBeGreaterThan(0);
  });

  it('refuses latencies the wrong way round, and a folder without a definition', async () => {
    const reversed = await type(['--rate', '50', '--median', '300ms', '--json']);
    expect(JSON.parse(reversed.printed).error.code).toBe('latencies_reversed');
    const empty = await type([]);
    expect(empty.exit).toBe(2);
    expect(empty.complained).toContain('the definition cannot be used');
  });
});
