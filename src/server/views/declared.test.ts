import { describe, expect, test } from 'vitest';
import { aGate, aPolicy } from '#core/release/fixture';
import type { Check, Environment } from '#core/system';
import { instant, millis, minutes, seconds } from '#kernel';
import { checkViews, type CheckResults, flagViews, resultsOfProbe } from './declared.ts';

const check = (name: string, run: Check['run']): Check => ({
  name,
  run,
  secrets: [],
  needs: [],
  every: minutes(1),
  timeout: seconds(10),
});
const environment: Environment = {
  system: 'shop',
  name: 'dev',
  target: 'local',
  services: [],
  stores: [],
  checks: [
    check('latency', { kind: 'http', service: 'edge', path: '/', samples: 20, p95: millis(300) }),
    check('mail', { kind: 'command', folder: 'checks', include: [], command: ['node', 'mail.ts'] }),
  ],
  secrets: [],
  flags: { dark: true, rate: 5, title: 'shop' },
  release: { ...aPolicy, gate: { ...aGate, checks: ['latency'] } },
};
const said = (at: number, green: boolean): CheckResults =>
  new Map([['latency', { at: instant(at), green, detail: '', took: null }]]);

describe('checks', () => {
  test('say what they look at, and whether a gate asks for them', () => {
    expect(checkViews(environment, [])).toMatchObject([
      {
        name: 'latency',
        kind: 'http',
        about: 'GET / of edge, 20 times, 95 % within 300ms',
        gates: true,
        last: null,
      },
      { name: 'mail', kind: 'command', about: 'node mail.ts', gates: false, last: null },
    ]);
  });

  test.each([
    ['the probe came later', said(1, true), said(2, false), false],
    ['the gate heard later', said(3, true), said(2, false), true],
  ])('the newest result is shown: %s', (_, rollout, probe, green) => {
    expect(checkViews(environment, [rollout, probe])[0]?.last).toMatchObject({ green });
  });

  test('a result that measured nothing is neither green nor red', () => {
    const results = resultsOfProbe(
      [{ name: 'mail', green: null, detail: 'it broke', tookMillis: 12 }],
      instant(7),
    );
    expect(checkViews(environment, [results])[1]?.last).toEqual({
      at: 7,
      green: null,
      detail: 'it broke',
      took: 12,
    });
  });
});

test('flags have the kind of their value', () => {
  expect(flagViews(environment)).toEqual([
    { name: 'dark', kind: 'boolean', value: true },
    { name: 'rate', kind: 'number', value: 5 },
    { name: 'title', kind: 'string', value: 'shop' },
  ]);
});
