import type { CrashEvidence } from './crashes.ts';
import { isProven } from './proven.ts';
import { estimate } from './estimate.ts';
import { harmOfAll } from './harm.ts';
import type { GateInput, JudgePolicy, Look } from './input.ts';
import { harmState, serviceSignals } from './service-signals.ts';
import { defaultSettings, type GateSettings } from './settings.ts';
import { isStableGone } from './state.ts';
import type { Signal, Verdict } from './verdict.ts';
import { about, count } from './words.ts';

/**
 * Counts in, verdict with its explanation out. Harm of all services and of crashes is one e-value and needs no minimum of
 * requests: it fails a release whenever it reaches the threshold, however often it is looked at. A pass needs exposure, shares
 * within the declared floors, no suspicion of harm, and a green result of every named check.
 */
export function judge(input: GateInput, policy: JudgePolicy): Verdict {
  const look: Look = {
    policy,
    settings: settingsOf(policy),
    harm: harmOfAll(input.services, input.crashes),
    over: input.over,
  };
  const signals = [
    crashSignal(input.crashes, look),
    ...input.services.flatMap((service) => serviceSignals(service, look)),
    ...policy.checks.map((name) => checkSignal(name, input.checks)),
  ];
  const because = signals.find(({ state }) => state === 'bad');
  if (because) return { kind: 'fail', because, signals };
  const open = signals.filter(({ state }) => state !== 'good');
  if (open.length === 0) return { kind: 'pass', because: passesBecause(input, look), signals };
  return {
    kind: open.some(({ state }) => state === 'missing') ? 'notMeasured' : 'inconclusive',
    needs: open.map(({ sentence }) => sentence),
    estimate: estimate(input.services, look),
    signals,
  };
}

/** The settings of the comparisons that are judged under this policy. */
export function settingsOf(policy: JudgePolicy): GateSettings {
  return {
    ...defaultSettings,
    alpha: Math.max(policy.falseAlarms ?? 1, 0.001) / 100,
    minimumRequests: policy.minimumRequests,
    warmUp: policy.warmUp === undefined ? defaultSettings.warmUp : policy.warmUp / 1_000,
    toleratedMillis: policy.latencyTolerance ?? 0,
    ceilings: {
      errorShare: policy.errorShare / 100,
      slowerThan: policy.slowerThan,
      slowShare: policy.slowShare / 100,
    },
  };
}

/** Checks, floors and exposure are met by now; proof is asked of every service of this step, with its stable arm still there. */
function passesBecause({ services }: GateInput, { settings }: Look): 'proven' | 'noHarm' {
  const stepping = services.filter((service) => service.stepping);
  const proven = stepping.every(
    ({ comparison }) => !isStableGone(comparison, settings) && isProven(comparison, settings, comparison.at),
  );
  return proven && stepping.length > 0 ? 'proven' : 'noHarm';
}

function crashSignal(crashes: CrashEvidence, look: Look): Signal {
  const { state, value, text } = harmState('crashes', 'canary', look);
  const watched = about(crashes.replicaSeconds);
  const times = crashes.falls === 1 ? 'once' : `${count(crashes.falls)} times`;
  return {
    name: 'crashes',
    subject: 'canary',
    state,
    observed: crashes.falls,
    limit: 1,
    unit: 'crashes',
    sentence:
      crashes.falls === 0
        ? 'no canary process ended unasked'
        : `canary processes ended unasked ${times} in ${watched} of running; evidence ${text}`,
    evidence: {
      value,
      against: 1 / look.settings.alpha,
      canary: { hits: crashes.falls, trials: crashes.replicaSeconds },
      stable: crashes.stable.replicaSeconds > 0 ? tallyOf(crashes.stable) : null,
    },
  };
}

const tallyOf = ({ falls, replicaSeconds }: CrashEvidence['stable']) => ({
  hits: falls,
  trials: replicaSeconds,
});

/** A check is somebody's own yes or no: it can fail a release and hold it back, never prove it. */
function checkSignal(name: string, checks: GateInput['checks']): Signal {
  const result = checks.find((check) => check.name === name);
  const state = result === undefined ? 'missing' : result.green ? 'good' : 'bad';
  const sentence =
    result === undefined
      ? `check ${name} has no result in this step yet`
      : `check ${name} is ${result.green ? 'green' : 'red'}: ${result.detail}`;
  return {
    name: 'check',
    subject: name,
    state,
    observed: state === 'good' ? 1 : 0,
    limit: 1,
    unit: 'none',
    sentence,
    evidence: null,
  };
}
