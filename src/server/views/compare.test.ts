import { describe, expect, test } from 'vitest';
import { aService } from '#core/release/fixture';
import { type Release, type Revision, revisionOf } from '#core/release';
import type { Service } from '#core/system';
import { bytes, instant, millis, seconds } from '#kernel';
import { compareView } from './compare.ts';

const release = (number: number, revisions: readonly Revision[], jobs: Release['jobs'] = {}): Release => ({
  number,
  environment: 'dev',
  createdAt: instant(0),
  by: 'ann',
  note: '',
  source: '/shop',
  revisions,
  jobs,
});
const edge = (changes: Partial<Service> = {}, build = 'a'.repeat(64), secrets = {}) =>
  revisionOf(aService('edge', changes), build, secrets);
const compare = (before: Revision, after: Revision) =>
  compareView(release(1, [before]), release(2, [after])).services[0];

describe('two releases are told apart in sentences', () => {
  const probe = {
    path: '/ready',
    interval: seconds(1),
    timeout: seconds(1),
    successes: 1,
    failures: 3,
  };
  test.each<[string, Revision, Revision, string]>([
    ['files', edge(), edge({}, 'b'.repeat(64)), 'other files: build bbbbbbbbbbbb instead of aaaaaaaaaaaa'],
    [
      'command',
      edge(),
      edge({ command: ['node', 'next.ts'] }),
      'the command is node next.ts, it was node main.ts',
    ],
    ['variable', edge({ env: { A: 'x' } }), edge({ env: { A: 'y' } }), 'the variable A is "y", it was "x"'],
    ['new variable', edge(), edge({ env: { A: 'x' } }), 'the variable A is new: "x"'],
    ['gone variable', edge({ env: { A: 'x' } }), edge(), 'the variable A is gone; it was "x"'],
    [
      'password',
      edge({ env: { DB: 'postgres://u:one@db' } }),
      edge({ env: { DB: 'postgres://u:two@db' } }),
      'the variable DB has another value',
    ],
    ['secret', edge({}, 'a', { KEY: '1' }), edge({}, 'a', { KEY: '2' }), 'the secret KEY has another value'],
    ['new secret', edge({}, 'a'), edge({}, 'a', { KEY: '2' }), 'it receives the secret KEY'],
    ['replicas', edge(), edge({ replicas: 3 }), '3 replicas instead of 2'],
    ['one replica', edge(), edge({ replicas: 1 }), '1 replica instead of 2'],
    [
      'memory',
      edge(),
      edge({ resources: { memory: bytes(536_870_912), cpu: null } }),
      'the memory is 512MiB, it was no limit',
    ],
    [
      'probe',
      edge(),
      edge({ probes: { live: null, ready: probe, startup: null } }),
      'the probe "ready" is new: /ready',
    ],
    [
      'shutdown',
      edge(),
      edge({ shutdown: { drain: seconds(90), websocketDrain: seconds(5), grace: seconds(5) } }),
      'requests in flight may take 1m30s, before 5s',
    ],
    [
      'strategy',
      edge(),
      edge({ strategy: { kind: 'rolling', surge: 1, unavailable: 0, settle: millis(0) } }),
      'the strategy is rolling: 1 more at a time, it was canary: 10 % for 20s, then all',
    ],
    ['needs', edge(), edge({ needs: ['db'] }), 'it needs db, before nothing'],
    ['port', edge(), edge({ port: 3000 }), 'the port is declared differently'],
  ])('%s', (_, before, after, sentence) => {
    expect(compare(before, after)).toMatchObject({ change: 'changed', differences: [sentence] });
  });

  test('the same revision is the same, and a service that came or went says so', () => {
    const core = revisionOf(aService('core'), 'c', {});
    const view = compareView(
      release(1, [edge(), core]),
      release(4, [edge(), revisionOf(aService('web'), 'w', {})]),
    );
    expect(view).toMatchObject({ from: 1, to: 4 });
    expect(view.services.map(({ name, change }) => [name, change])).toEqual([
      ['edge', 'same'],
      ['web', 'added'],
      ['core', 'removed'],
    ]);
    expect(view.services[1]).toMatchObject({ before: null, after: { build: 'w' }, differences: [] });
  });

  test('a job is told only where it differs', () => {
    const job = (build: string) => ({ expand: revisionOf(aService('expand'), build, {}) });
    const names = (before: Release['jobs'], after: Release['jobs']) =>
      compareView(release(1, [edge()], before), release(2, [edge()], after)).services.map(({ name }) => name);
    expect(names(job('a'), job('a'))).toEqual(['edge']);
    expect(names(job('a'), job('b'))).toEqual(['edge', 'job expand']);
    expect(names({}, job('b'))).toEqual(['edge', 'job expand']);
  });

  test('no value of a secret and no password is in a comparison', () => {
    const view = compare(
      edge({ env: { DB: 'postgres://u:hunter2@db' }, command: ['run', '--password=hunter3'] }),
      edge({ env: { DB: 'postgres://v:hunter4@db', API_TOKEN: 'hunter5' }, command: ['run'] }),
    );
    expect(view?.differences).toHaveLength(3);
    expect(JSON.stringify(view)).not.toContain('hunter');
  });
});
