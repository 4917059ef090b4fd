import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExplainView, HistoryItem } from '#api';
import { failuresOf, journalLoad } from './journal-load.ts';
import { type Place, placeOf } from './place.ts';

let place: Place;
beforeAll(async () => {
  place = placeOf('systems/trading-journal');
}, 30_000);
afterAll(async () => {
  await place[Symbol.asyncDispose]();
}, 120_000);

test('the journal comes up with real stores and its checks are green', { timeout: 180_000 }, async () => {
  const up = await place.fairway('up');
  expect(up.exitCode, up.output).toBe(0);
  const status = await place.status();
  expect(status.stores.map((store) => store.state)).toEqual(['ready', 'ready', 'ready']);
  expect(status.services.every((service) => service.replicas.length === service.wanted)).toBe(true);
  const probe = await place.fairway('probe');
  expect(probe.exitCode, probe.output).toBe(0);
});

test('the control plane is killed in mid-canary under load; the release goes on and no request fails', {
  timeout: 180_000,
}, async () => {
  await using load = await journalLoad(await place.address('edge'), 100, 20);
  const accepted = await place.fairway(
    'release',
    '--set',
    'edge.env.APP_VERSION=2',
    '--set',
    'core.env.APP_VERSION=2',
    '--no-wait',
  );
  expect(accepted.exitCode, accepted.output).toBe(0);
  await place.until('the hold', (status) => status.rollout?.phase === 'holding');
  const killed = place.controlPid();
  process.kill(killed, 'SIGKILL');
  await place.until('the promotion', ({ rollout }) => rollout === null, 120);
  expect(place.controlPid()).not.toBe(killed);
  const report = await load.end();
  expect(report.requests.failed, failuresOf(report)).toBe(0);
  expect(report.sockets.abnormal, failuresOf(report)).toBe(0);
  const [last] = JSON.parse((await place.fairway('history', '--json')).output) as HistoryItem[];
  expect(last).toMatchObject({ release: 2, outcome: 'promoted', current: true });
});

test('a bad release is caught by the gate, rolled back, and explained with its numbers', {
  timeout: 180_000,
}, async () => {
  await using load = await journalLoad(await place.address('edge'), 100, 20);
  const bad = await place.fairway('release', '--set', 'edge.env.FAULT_ERROR_SHARE=0.3', '--note', 'bad');
  expect(bad.exitCode, bad.output).toBe(3);
  const report = await load.end();
  const explained = JSON.parse((await place.fairway('explain', '--json')).output) as ExplainView;
  expect(explained.rollout).toMatchObject({ phase: 'rolledBack', because: { code: 'gate_failed' } });
  const arm = explained.rollout.arms.find((each) => each.role === 'canary' && each.service === 'edge');
  const hurt = report.revisions.find((each) => each.revision === arm?.revision);
  expect(hurt?.failed).toBeGreaterThan(0);
  expect(report.requests.failed - (hurt?.failed ?? 0), failuresOf(report)).toBe(0);
  const text = await place.fairway('explain');
  expect(text.output).toMatch(/edge: \d+ of \d+ canary requests failed/);
});

test('rollback moves back to the release before; down keeps the data and up brings it back', {
  timeout: 180_000,
}, async () => {
  const back = await place.fairway('rollback');
  expect(back.exitCode, back.output).toBe(0);
  expect((await place.status()).release?.number).toBe(1);
  expect((await place.fairway('down')).exitCode).toBe(0);
  expect((await place.status()).status).toBe('down');
  const up = await place.fairway('up');
  expect(up.exitCode, up.output).toBe(0);
  expect(up.output).toContain('a rollback holds release 1');
  expect((await place.fairway('probe')).exitCode).toBe(0);
});
