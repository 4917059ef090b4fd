import { afterAll, beforeAll, expect, test } from 'vitest';
import { failuresOf, journalLoad } from '../e2e/journal-load.ts';
import { type Place, placeOf } from '../e2e/place.ts';
import { carriedRate, gateByErrorsOnly } from './untimed.ts';

/** Requests per second at most; less where the machine does not carry that. `FAIRWAY_LOAD_RATE=300 npm run test:load`. */
const asked = Number(process.env['FAIRWAY_LOAD_RATE'] ?? 150);

let place: Place;
let rate: number;
beforeAll(async () => {
  place = placeOf('systems/trading-journal');
  gateByErrorsOnly(place);
  const up = await place.fairway('up');
  expect(up.exitCode, up.output).toBe(0);
  rate = await carriedRate(await place.address('edge'), asked);
  console.log(`${rate} requests/s`);
}, 300_000);
afterAll(async () => {
  await place[Symbol.asyncDispose]();
}, 120_000);

test('five releases in a row under steady load and 50 WebSockets lose no request and cut no WebSocket', async () => {
  await using load = await journalLoad(await place.address('edge'), rate, 50);
  for (let version = 1; version <= 5; version++) {
    const setting = (service: string) => ['--set', `${service}.env.APP_VERSION=${version}`];
    const released = await place.fairway('release', ...setting('edge'), ...setting('core'));
    expect(released.exitCode, released.output).toBe(0);
  }
  const report = await load.end();
  console.log(
    `zero loss: ${report.requests.sent} requests, ${report.requests.failed} failed; sockets ${JSON.stringify(report.sockets)}`,
  );
  expect(report.requests.failed, failuresOf(report)).toBe(0);
  expect(report.requests.unsent).toBe(0);
  expect(report.sockets.abnormal, failuresOf(report)).toBe(0);
  expect(report.requests.sent).toBeGreaterThan(rate * 60);
});

test('the control plane killed in mid-canary under that load loses nothing, and the release ends as it should', async () => {
  await using load = await journalLoad(await place.address('edge'), rate, 50);
  const release = place.begin('release', '--set', 'edge.env.APP_VERSION=killed', '--no-wait');
  await place.until('the hold', (status) => status.rollout?.phase === 'holding');
  process.kill(place.controlPid(), 'SIGKILL');
  await release.done;
  const status = await place.until('the promotion', ({ rollout }) => rollout === null, 90); // the next command starts it again
  const history = JSON.parse((await place.fairway('history', '--json')).output) as {
    outcome: string;
    release: number;
  }[];
  expect(history[0]).toMatchObject({ outcome: 'promoted', release: status.release?.number });
  const report = await load.end();
  console.log(`control plane killed: ${report.requests.sent} requests, ${report.requests.failed} failed`);
  expect(report.requests.failed, failuresOf(report)).toBe(0);
  expect(report.sockets.abnormal, failuresOf(report)).toBe(0);
});

test.each(['canary', 'stable'] as const)(
  'a killed %s replica: what fails is counted and explained, and the release comes to a right end',
  async (role) => {
    await using load = await journalLoad(await place.address('edge'), rate, 50);
    await place.fairway('release', '--set', `edge.env.APP_VERSION=${role}-killed`, '--no-wait');
    const holding = await place.until(
      'a hold with traffic',
      ({ rollout }) =>
        rollout?.phase === 'holding' &&
        rollout.arms.some((arm) => arm.service === 'edge' && arm.role === role && arm.requests > 0),
    );
    const revision = holding.rollout?.arms.find(
      (arm) => arm.service === 'edge' && arm.role === role,
    )?.revision;
    const victim = holding.services
      .find(({ name }) => name === 'edge')
      ?.replicas.find((each) => each.revision === revision);
    process.kill(victim?.pid ?? Number.NaN, 'SIGKILL');
    // What the killed replica had in flight may have failed, and then it is for a person to vouch for the new version.
    const { rollout } = await place.until(
      'the end, or a hold',
      (status) => status.rollout === null || status.rollout.held,
      120,
    );
    const report = await load.end();
    const { failed, sent } = report.requests;
    console.log(
      `${role} replica killed: ${failed} of ${sent} failed, ${report.sockets.abnormal} sockets cut${rollout === null ? '' : '; held'}`,
    );
    // In flight on the killed process at that moment: at most what one replica carries in a second.
    expect(failed, failuresOf(report)).toBeLessThan(60);
    if (rollout !== null) {
      expect(role).toBe('canary');
      expect(rollout.waitsFor?.kind).toBe('evidence');
      await place.fairway('promote'); // refused where the evidence has come meanwhile
      await place.until('the end', (status) => status.rollout === null, 60);
    }
    const explained = await place.fairway('explain');
    const history = JSON.parse((await place.fairway('history', '--json')).output) as { outcome: string }[];
    expect(history[0]?.outcome, explained.output).toBe('promoted');
    if (role === 'canary') expect(explained.output).toMatch(/a new replica was lost/);
    const after = await place.status();
    expect(after.rollout).toBe(null);
    expect(
      after.services.every(
        (service) => service.replicas.filter((each) => each.state === 'ready').length >= service.wanted,
      ),
    ).toBe(true);
  },
);
