import type { State } from './story.ts';

const services = [
  { name: 'edge', rate: 182, p50: 6, moves: true },
  { name: 'journal', rate: 96, p50: 14, moves: true },
  { name: 'import', rate: 11, p50: 80, moves: false },
];

const wave = (at: number) => 1 + 0.22 * Math.sin(at / 540_000) + 0.06 * Math.sin(at / 47_000);
const noise = (size: number) => 1 + size * (Math.random() + Math.random() - 1);

/** What was counted in the time before `at`. */
export function sampleAt(state: State, at: number, millis: number) {
  const isUnderWay = !['promoted', 'rolledBack'].includes(state.phase);
  const isBad = state.scene === 'bad' || state.scene === 'returned';
  const wasStarted = at > state.startedAt + 18_000;
  const weight = !wasStarted
    ? 0
    : at < state.since
      ? at > state.startedAt + 140_000
        ? 25
        : 5
      : state.weight;
  const canServe = weight > 0 && (isUnderWay || at < state.since);
  const arms = services.flatMap(({ name, rate, p50, moves }) => {
    const share = moves && canServe ? weight / 100 : 0;
    const all = rate * wave(at) * noise(millis > 1_000 ? 0.05 : 0.16);
    const arm = (role: 'stable' | 'canary', part: number) => {
      const isHurt = role === 'canary' && isBad;
      const slow = isHurt ? 1.9 : role === 'canary' ? 0.93 : 1;
      const failShare = isHurt ? 0.043 : 0.0021;
      const own = all * part;
      return {
        service: name,
        revision:
          role === 'canary'
            ? name === 'edge'
              ? 'c07e55d1'
              : '5b18aa40'
            : name === 'edge'
              ? 'a41f09c2'
              : name === 'journal'
                ? '92d3bb07'
                : '1f6c3e55',
        role,
        weight: Math.round(part * 100),
        ready: role === 'canary' ? Math.max(1, Math.round(part * 4)) : 4,
        rate: own,
        failed: own * failShare * 2 * Math.random(),
        p50: own < 0.1 ? null : p50 * slow * noise(0.08),
        p95: own < 0.1 ? null : p50 * 4.2 * slow * noise(0.12),
        p99: own < 0.1 ? null : p50 * 9 * slow * noise(0.2),
      };
    };
    return share > 0 ? [arm('stable', 1 - share), arm('canary', share)] : [arm('stable', 1)];
  });
  return {
    at,
    millis,
    arms,
    gate: wasStarted && (isUnderWay || at < state.since) ? gateOf(state, at) : null,
  };
}

function gateOf(state: State, at: number) {
  const held = Math.max(0, Math.min(1, (at - state.since) / (state.until - state.since)));
  // Before the scene began the evidence grew evenly: only the present is kept by the story.
  const part =
    at >= Date.now() - 2_000 ? 1 : Math.max(0, Math.min(1, (at - state.since) / (Date.now() - state.since)));
  const harm = state.harm * part + 0.04 * Math.random() * part;
  const proof = state.proof * part;
  const isBad = state.scene === 'bad' || state.scene === 'returned';
  const requests = Math.round(state.requests * part);
  return {
    rollout: 12,
    stage: 'canary 25 % of edge, journal',
    harm: Math.min(1, harm),
    proof: Math.min(1, proof),
    held,
    verdict: 'inconclusive' as const,
    signals: [
      {
        name: 'errors',
        subject: 'edge',
        state: isBad ? ('bad' as const) : ('good' as const),
        value: isBad ? 14 : 0.6,
        against: 100,
        sentence: isBad
          ? `edge fails 4.31 % of ${requests} requests with the new revision, 0.21 % with the previous one.`
          : `After ${requests.toLocaleString('en-US')} requests edge fails no more often than before: 0.20 % and 0.21 %.`,
      },
      {
        name: 'latency',
        subject: 'edge',
        state: 'good' as const,
        value: 0.4,
        against: 100,
        sentence: 'edge answers as fast as before: p95 24 ms and 25 ms.',
      },
      {
        name: 'check',
        subject: 'login',
        state: 'good' as const,
        value: null,
        against: null,
        sentence: 'login is green: 312 ms.',
      },
      {
        name: 'exposure',
        subject: 'journal',
        state: 'waiting' as const,
        value: null,
        against: null,
        sentence: 'journal has answered 610 of the 1,000 requests that are asked for.',
      },
    ],
  };
}

/** Two hours: a sample each five seconds, the last two minutes four a second. */
export function backfill(state: State, now: number) {
  const old = Array.from({ length: 1_416 }, (_, index) =>
    sampleAt(state, now - 7_200_000 + index * 5_000, 5_000),
  );
  const fresh = Array.from({ length: 480 }, (_, index) => sampleAt(state, now - 120_000 + index * 250, 250));
  return [...old, ...fresh];
}
